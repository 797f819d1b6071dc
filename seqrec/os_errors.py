"""Refusals of the operating system, as errors that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqrec.errors import DataError


@contextmanager
def reading_dump(data: Path) -> Iterator[None]:
    """Turns a refusal of the system to open or read a file in the folder `data` into a `DataError` that names it."""
    try:
        yield
    except OSError as error:
        got = f"what the system refuses to read: {error.strerror or error}"
        remedy = "Give yourself the right to read it (`chmod u+r`), or fetch it again."
        raise DataError(
            str(error.filename or data), got=got, expected="files that may be read", remedy=remedy
        ) from error
