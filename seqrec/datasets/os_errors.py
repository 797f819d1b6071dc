"""Files that are there and can't be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqrec.errors import DataError


@contextmanager
def reading_dump(data: Path) -> Iterator[None]:
    """Turns a refusal of the system to read a file of the dump in `data` into an error that names it.

    Raises:
        DataError: A file can't be opened or read, for want of permission or because the disk is damaged.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            str(error.filename or data),
            got=f"what the system refuses to read: {error.strerror or error}",
            expected="files that may be read",
            remedy="Give yourself the right to read it (`chmod u+r`), or fetch it again.",
        ) from error
