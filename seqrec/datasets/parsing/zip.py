"""Files inside a zip archive, read in passing: nothing is ever unpacked to disk."""

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path, PurePosixPath

from seqrec.datasets.parsing.unpack import ZIPPED, limited
from seqrec.errors import DataError
from seqrec.listing import listing

_HIDDEN = ("__MACOSX/", ".")
"""Beginnings of the paths of files that a Mac adds."""


def is_zip(path: Path) -> bool:
    """Whether a file is a zip archive, by its beginning, and by its name or its end."""
    with path.open("rb") as file:
        is_named = path.name.lower().endswith(ZIPPED.endings)
        return file.read(len(ZIPPED.magic)) == ZIPPED.magic and (is_named or zipfile.is_zipfile(file))


@contextmanager
def open_zip_member(archive: Path, path: Path | None = None) -> Iterator[BufferedReader]:
    """The member at a path below its archive; without one, the only file that it holds.

    Raises:
        DataError: The archive is damaged, encrypted or a bomb, or holds no such file, or several of which none is
            named.
    """
    with ExitStack() as stack:
        try:
            zipped = stack.enter_context(zipfile.ZipFile(archive))
            member = _only(archive, zipped) if path is None else _at(archive, path, zipped)
            content = stack.enter_context(zipped.open(member))
        # RuntimeError: it is encrypted. NotImplementedError: it is packed by a method of its own.
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            got = f"a zip archive that can't be read ({error})"
            remedy = "Fetch it again (`unzip -t` checks it), or unpack it."
            raise DataError(str(archive), got=got, expected="a complete zip archive", remedy=remedy) from error
        n_packed = archive.stat().st_size
        yield limited(archive, content, lambda: n_packed, ZIPPED)


def _only(archive: Path, zipped: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = _files(zipped)
    if len(members) != 1:
        names = [member.filename for member in members]
        example = f", such as {archive.name}/{names[0]}" if names else ""
        remedy = f"Name one of them with its path in the archive{example}."
        got = f"an archive that holds {listing(names)}" if names else "an archive without files"
        raise DataError(str(archive), got=got, expected="a single file", remedy=remedy)
    return members[0]


def _at(archive: Path, path: Path, zipped: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = _files(zipped)
    found = next((member for member in members if archive / PurePosixPath(member.filename) == path), None)
    if found is None:
        got = f"an archive that holds {listing(member.filename for member in members)}"
        expected = path.relative_to(archive).as_posix()
        raise DataError(str(archive), got=got, expected=expected, remedy="Name one of its files.")
    return found


def _files(zipped: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [one for one in zipped.infolist() if not one.is_dir() and not one.filename.startswith(_HIDDEN)]
