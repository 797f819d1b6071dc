"""Finding the files of a dump in a folder."""

from collections.abc import Iterable
from pathlib import Path

from seqrec.errors import DataError
from seqrec.listing import listing

REMEDY = "Point --data at the folder that holds the dump."
"""What to do about a missing file, unless a reader knows better."""
NO_TEXTS = "Put the file there, or set dataset.metadata = false to go without item texts."
"""What to do about a missing file of items."""


def locate(data: Path, names: Iterable[str], remedy: str = REMEDY) -> Path:
    """The first file of `names`, most wanted first, that the folder `data` holds.

    Raises:
        DataError: The folder does not exist or holds none of them, or the file is empty.
    """
    names = tuple(names)
    found = [path for path in map(data.joinpath, names) if path.is_file()]
    return _filled(found[:1], data, " or ".join(names), remedy)[0]


def locate_all(data: Path, pattern: str, remedy: str) -> tuple[Path, ...]:
    """The file of that name in the folder `data`, or else all whose names fit the pattern, in the order of their names.

    Names that begin with a dot are passed over: that is how files are called that are still being written. Errors are
    those of `locate`.
    """
    path = data / pattern
    try:
        fitting = [path] if path.is_file() else sorted(path.parent.glob(path.name))
    except ValueError:  # It is no pattern, so no name fits it.
        fitting = []
    found = [file for file in fitting if file.is_file() and not (file != path and file.name.startswith("."))]
    return _filled(found, data, pattern, remedy)


def _filled(found: list[Path], data: Path, wanted: str, remedy: str) -> tuple[Path, ...]:
    """The files that were found, if there are any and none is empty."""
    if not data.is_dir():
        raise DataError(str(data), got="no such folder", expected=f"a folder that holds {wanted}", remedy=remedy)
    if not found:
        names = sorted(path.name + "/" * path.is_dir() for path in data.iterdir())
        got = f"a folder that holds {listing(names)}" if names else "an empty folder"
        raise DataError(str(data), got=got, expected=wanted, remedy=remedy)
    for file in found:
        if file.stat().st_size == 0:
            raise DataError(str(file), got="an empty file", expected="one record per line", remedy="Fetch it again.")
    return tuple(found)
