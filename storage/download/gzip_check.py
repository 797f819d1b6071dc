"""Where nobody says how long a file is: whether it ends where it should."""

from functools import partial
from pathlib import Path

from seqrec.datasets.parsing.gunzip import gunzip, is_gzip
from seqrec.errors import DataError
from storage.download.retry import TryAgainError

_CHUNK_BYTES = 1 << 20


def ends_well(path: Path) -> bool:
    """Whether the file is known to be whole, which gzip tells and no other form does.

    Raises:
        TryAgainError: It is gzip, and breaks off or is damaged.
    """
    with path.open("rb") as file:
        if not is_gzip(file.peek(2)):
            return False
        try:
            for _ in gunzip(path, iter(partial(file.read, _CHUNK_BYTES), b"")):
                pass
        except DataError as error:
            raise TryAgainError(error.got) from error
    return True
