"""The text of a file as UTF-8: a file of its own or in an archive, compressed or not, in any encoding."""

import codecs
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, Final

from seqrec.datasets.parsing.tar import open_tar_member
from seqrec.datasets.parsing.unpack import unpack
from seqrec.datasets.parsing.zip import is_zip, open_zip_member
from seqrec.errors import DataError

UTF_8: Final = "utf-8"
NOT_UTF_8: Final = "not UTF-8"
"""Why a line can't be read whose encoding is another one."""
ENCODINGS: Final = "utf-8, utf-16, cp1252 or gb18030"
"""Names of encodings, for people."""
_MARKS: Final = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks and their encodings; the mark of UTF-32 begins with that of UTF-16."""
_PIECE_BYTES = 1 << 18


def is_encoding(name: str) -> bool:
    """Whether a name is that of an encoding of text."""
    try:
        # Not all codecs are encodings of text.
        "".encode(name)
        codecs.getincrementaldecoder(name)
    except LookupError:
        return False
    return True


@contextmanager
def open_text(path: Path, encoding: str = UTF_8) -> Iterator[BufferedReader]:
    """The text of a file, or of a member of an archive by its path there, in UTF-8 and without a byte order mark.

    A byte order mark at its beginning takes precedence over the `encoding`. What can't be decoded becomes bytes that
    are not UTF-8.

    Raises:
        DataError: The file is packed and damaged, no such member, or breaks off inside a character.
    """
    with _open_bytes(path) as raw:
        yield _decoded(path, unpack(path, raw), encoding)


def archive_of(path: Path) -> Path | None:
    """The archive that `path` leads into; None for a file of its own."""
    return next((parent for parent in path.parents if parent.is_file()), None)


@contextmanager
def _open_bytes(path: Path) -> Iterator[BufferedReader]:
    archive = archive_of(path)
    member: AbstractContextManager[BufferedReader]
    if archive is not None:
        member = open_zip_member(archive, path) if is_zip(archive) else open_tar_member(archive, path)
    else:
        member = open_zip_member(path) if is_zip(path) else path.open("rb")
    with member as file:
        yield file


def _decoded(path: Path, file: BufferedReader, encoding: str) -> BufferedReader:
    head = file.peek(4)
    mark = next((mark for mark in _MARKS if head.startswith(mark)), None)
    if mark is not None:
        encoding = _MARKS[mark]
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
        file.read(len(mark or b""))
        return file
    return BufferedReader(_Recoded(path, file, encoding), _PIECE_BYTES)


class _Recoded(RawIOBase):
    """Text in UTF-8 out of text in another encoding."""

    def __init__(self, path: Path, file: BufferedReader, encoding: str) -> None:
        self._path, self._file, self._encoding = path, file, encoding
        # Halves of surrogate pairs and bytes without a meaning are kept, as what is not UTF-8.
        errors = "surrogatepass" if "utf" in encoding.lower() else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever can be written to
        while not self._left:
            data = self._file.read1(_PIECE_BYTES)
            try:
                self._left = self._decoder.decode(data, final=not data).encode(errors="surrogatepass")
            except UnicodeDecodeError as error:
                got, remedy = f"text that is no {self._encoding} ({error.reason})", "Fetch the file again."
                expected = f"complete text in {self._encoding}"
                raise DataError(str(self._path), got=got, expected=expected, remedy=remedy) from error
            if not data:
                break
        n = min(len(buffer), len(self._left))
        buffer[:n], self._left = self._left[:n], self._left[n:]
        return n
