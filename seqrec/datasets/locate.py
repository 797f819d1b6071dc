"""Finding the files of a dump in a folder."""

from collections.abc import Iterable
from pathlib import Path

from seqrec.errors import DataError

_MAX_LISTED = 12


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
        raise DataError(str(data), got=_listing(data), expected=wanted, remedy=remedy)
    if found.stat().st_size == 0:
        raise DataError(str(found), got="an empty file", expected="one record per line", remedy="Fetch the file again.")
    return found


def _listing(folder: Path) -> str:
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    if not names:
        return "an empty folder"
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return f"a folder that holds {', '.join(names[:_MAX_LISTED])}{more}"
