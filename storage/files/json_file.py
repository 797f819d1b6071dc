"""JSON files, written atomically."""

import json
from pathlib import Path
from typing import Any, TypeVar

from seqrec.json_value import Value
from storage.atomic_write import atomic_write
from storage.files.reading import reading

Record = TypeVar("Record", bound=Value)


def write_json(path: Path, value: object) -> None:
    """Write a value atomically.

    Raises:
        StorageError: The file can't be written.
        ValueError: The value contains NaN or infinity, which JSON can't express.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    with atomic_write(path) as hidden:
        hidden.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value in a file.

    Raises:
        StorageError: The file is missing, or is not valid JSON.
    """
    with reading(path, "a JSON file"):
        return json.loads(path.read_text(encoding="utf-8"))


def read_record(path: Path, kind: type[Record], expected: str, remedy: str) -> Record:
    """Return the record in a file that no run makes anew.

    Args:
        path: The file.
        kind: Class of the record.
        expected: What the file should be.
        remedy: What to do if it is not.

    Raises:
        StorageError: The file is missing or damaged.
    """
    with reading(path, expected, remedy):
        return kind.from_json(json.loads(path.read_text(encoding="utf-8")))
