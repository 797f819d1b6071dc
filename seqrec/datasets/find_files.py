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
    _check_folder(data, wanted, remedy)
    found = next((data / name for name in names if (data / name).is_file()), None)
    if found is None:
        raise DataError(str(data), got=_contents(data), expected=wanted, remedy=remedy)
    return _filled(found)


def locate_all(data: Path, pattern: str, remedy: str) -> tuple[Path, ...]:
    """The file of that name in the folder `data`, or else all whose names fit the pattern, in the order of their names.

    Names that begin with a dot are passed over: that is how files are called that are still being written.

    Raises:
        DataError: The folder does not exist or holds none, or one of them is empty.
    """
    _check_folder(data, pattern, remedy)
    path = data / pattern
    if path.is_file():
        return (_filled(path),)
    found = tuple(_filled(file) for file in _fitting(path) if file.is_file() and not file.name.startswith("."))
    if not found:
        raise DataError(str(data), got=_contents(data), expected=pattern, remedy=remedy)
    return found


def _fitting(pattern: Path) -> list[Path]:
    try:
        return sorted(pattern.parent.glob(pattern.name))
    except ValueError:  # It is no pattern, so no name fits it.
        return []


def _check_folder(data: Path, wanted: str, remedy: str) -> None:
    if not data.is_dir():
        raise DataError(str(data), got="no such folder", expected=f"a folder that holds {wanted}", remedy=remedy)


def _filled(file: Path) -> Path:
    if file.stat().st_size == 0:
        raise DataError(str(file), got="an empty file", expected="one record per line", remedy="Fetch the file again.")
    return file


def _contents(folder: Path) -> str:
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    return f"a folder that holds {listing(names)}" if names else "an empty folder"
