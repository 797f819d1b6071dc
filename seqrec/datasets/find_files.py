"""Finding the files of a dump in a folder."""

from collections.abc import Iterable
from pathlib import Path

from seqrec.datasets.parsing.text import archive_of
from seqrec.errors import DataError
from seqrec.listing import listing

REMEDY = "Point --data at the folder that holds the dump."
"""What to do about a missing file, unless a reader knows better."""
NO_TEXTS = "Point --data at the folder that holds the file, or set dataset.metadata = false to go without item texts."
"""What to do about a missing file of items."""

_COMPRESSED = (".gz", ".zst", ".bz2", ".xz", ".zip")
_SIGNS = frozenset("*?[")
"""Characters that only patterns contain."""


def locate(data: Path, names: Iterable[str], remedy: str = REMEDY) -> Path:
    """The first file of `names`, most wanted first, that the folder `data` holds, or an archive in it.

    A name may also have the ending of a compressed file.

    Raises:
        DataError: The folder does not exist or holds none of them, or the file is empty.
    """
    names = tuple(names)
    found = find(data, names)
    return _filled([] if found is None else [found], data, " or ".join(names), remedy)[0]


def find(data: Path, names: Iterable[str]) -> Path | None:
    """The file that `locate` gives; None if there is none."""
    names = tuple(names)
    compressed = (f"{name.removesuffix('.gz')}{ending}" for name in names for ending in _COMPRESSED)
    paths = map(data.joinpath, (*names, *compressed))
    return next((path for path in paths if path.is_file() or archive_of(path)), None)


def locate_all(data: Path, pattern: str, remedy: str) -> tuple[Path, ...]:
    """The file of that name in the folder `data`, or else all whose paths fit the pattern, in the order of their paths.

    Names that begin with a dot are skipped, because files have such names while they are written; so are names such as
    `_SUCCESS`, which Spark puts beside its files. Errors are those of `locate`; some of the files that fit a pattern
    may be empty, but not all.
    """
    path = data / pattern
    if path.is_file() or archive_of(path) or not is_pattern(pattern):
        if path.is_dir():
            remedy = f"Name the files in it by a pattern, such as {pattern.rstrip('/')}/*.csv. {remedy}"
        return (locate(data, (pattern,), remedy),)
    parts = path.parts
    n_plain = next(place for place, part in enumerate(parts) if is_pattern(part))
    folder = Path(*parts[:n_plain])
    try:
        fitting = sorted(folder.glob("/".join(parts[n_plain:])))
    except ValueError:  # It is no pattern, so no name fits it.
        fitting = []
    found = [file for file in fitting if file.is_file() and not _is_hidden(file.relative_to(folder))]
    return tuple(found) if any(map(_size, found)) else _filled(found, data, pattern, remedy)


def folder_of(file: Path) -> Path:
    """The data folder that a file is in, perhaps in an archive, or that several are in whose paths fit a pattern."""
    return next(parent for parent in file.parents if parent.is_dir())


def is_pattern(name: str) -> bool:
    """Whether a name may stand for several files."""
    return not _SIGNS.isdisjoint(name)


def name_in(data: Path, file: Path) -> str:
    """The name of a file for messages: its path in the folder `data`, or its name alone if it is elsewhere."""
    return file.relative_to(data).as_posix() if file.is_relative_to(data) else file.name


def _is_hidden(path: Path) -> bool:
    *folders, name = path.parts
    begins = [part[0] for part in folders]
    return "." in begins or "_" in begins or name.startswith(".") or (name.startswith("_") and not path.suffix)


def _filled(found: list[Path], data: Path, wanted: str, remedy: str) -> tuple[Path, ...]:
    """The files that were found, if there are any and none is empty."""
    if not data.is_dir():
        raise DataError(str(data), got="no such folder", expected=f"a folder that holds {wanted}", remedy=remedy)
    if not found:
        names = sorted(path.name + "/" * path.is_dir() for path in data.iterdir())
        got = f"a folder that holds {listing(names)}" if names else "an empty folder"
        raise DataError(str(data), got=got, expected=wanted, remedy=remedy)
    for file in found:
        if _size(file) == 0:
            raise DataError(str(file), got="an empty file", expected="one record per line", remedy="Fetch it again.")
    return tuple(found)


def _size(file: Path) -> int:
    return (archive_of(file) or file).stat().st_size
