"""One error for everything that can be wrong with a stored file."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from seqrec.errors import StorageError

_OURS = (OSError, json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValidationError)
_LIBRARIES = ("polars", "safetensors")
"""Libraries whose own errors count. They are not imported for that: most files need neither."""


@contextmanager
def reading(path: Path, expected: str, remedy: str | None = None) -> Iterator[None]:
    """Turn the errors of a missing or corrupt file into one that names the file.

    Args:
        path: The file.
        expected: What it should be.
        remedy: What to do; by default, to remove its folder, whose contents the next run makes anew.

    Raises:
        StorageError: The block could not read `path` as `expected`.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, _OURS) and not type(error).__module__.startswith(_LIBRARIES):
            raise
        got = "no such file" if isinstance(error, FileNotFoundError) else f"{type(error).__name__}: {error}"
        anew = f"Remove the folder {path.parent} and run again, which makes its contents anew."
        raise StorageError(str(path), got=got, expected=expected, remedy=remedy or anew) from error
