"""Records of what happened: a folder with one file per event, so that nothing is ever changed or removed."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from seqrec.json_value import Value
from storage.files.json_file import read_record, write_json

V = TypeVar("V", bound=Value)


class Records(Generic[V]):
    """The records of one kind, in the order of time.

    Args:
        folder: Their folder.
        kind: Class of a record.
        name: What a record is called in errors, such as `the record of a promotion`.
        remedy: What to do about a damaged record.
    """

    def __init__(self, folder: Path, kind: type[V], name: str, remedy: str) -> None:
        self._folder, self._kind, self._name, self._remedy = folder, kind, name, remedy

    def add(self, record: V) -> None:
        """Add a record.

        Raises:
            StorageError: The folder can't be written.
        """
        # Two records may be added at the same instant.
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:8]}.json"
        write_json(self._folder / name, record.to_json())

    def all(self) -> list[V]:
        """Return all records, the last one first. Errors are those of `by_file`."""
        return list(self.by_file().values())

    def by_file(self) -> dict[Path, V]:
        """Return all records by their files, the last one first.

        Raises:
            StorageError: A record is damaged.
        """
        files = sorted(self._folder.glob("[0-9]*.json"), reverse=True)
        return {file: read_record(file, self._kind, self._name, self._remedy) for file in files}


def now() -> str:
    """Return the time in UTC, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
