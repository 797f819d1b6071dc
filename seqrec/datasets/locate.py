"""Finding the files of a dump in a folder."""

from collections.abc import Iterable
from pathlib import Path

from seqrec.datasets.listing import listing
from seqrec.errors import DataError


def locate(data: Path, names: Iterable[str], remedy: str = "Point --data at the folder that holds the dump.") -> Path:
    """The first file of `names`, most wanted first, that the folder `data` holds.

    Raises:
        DataError: The folder does not exist or holds none of them, or the file is empty.
    """
    names = tuple(names)
    wanted = " or ".join(names)
    if not data.is_dir():
        raise DataError(str(data), got="no such folder", expected=f"a folder that holds {wanted}", remedy=remedy)
    found = next((data / name for name in names if (data / name).is_file()), None)
    if found is None:
        raise DataError(str(data), got=_contents(data), expected=wanted, remedy=remedy)
    if found.stat().st_size == 0:
        raise DataError(str(found), got="an empty file", expected="one record per line", remedy="Fetch the file again.")
    return found


def _contents(folder: Path) -> str:
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    return f"a folder that holds {listing(names)}" if names else "an empty folder"
