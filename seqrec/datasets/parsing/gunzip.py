"""Gzip, recognised by its first bytes and inflated as it is read, within limits that stop a decompression bomb."""

from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

from isal.igzip import BadGzipFile, IGzipFile
from isal.igzip_lib import IsalError

from seqrec.errors import DataError

MAX_RATIO = 200
"""Bytes of text that one byte of gzip may give. Dumps of reviews reach 8. Generated lines that differ in nothing but
user, item and time reach 40, and 130 if each repeats a thousand bytes of text. Deflate itself ends at 1032."""
FREE_TEXT_BYTES = 1 << 28
"""The ratio is not checked below this: it is read in a second, and small samples may well repeat themselves."""
MAX_TEXT_BYTES = 1 << 38
"""256 GiB, several times the largest dump of one file that is known."""
_PIECE_BYTES = 1 << 20
_MAGIC = b"\x1f\x8b"


def gunzip(path: Path, file: BufferedReader) -> BufferedReader:
    """The text of a file at its start, inflated if it is gzip, of one member or several; errors call it `path`.

    Raises:
        DataError: While it is read: the stream is damaged, breaks off, or gives more text than a dump would: more than
            `MAX_RATIO` times its own size beyond the first 256 MiB, or more than 256 GiB.
    """
    return BufferedReader(_Inflated(path, file), _PIECE_BYTES) if file.peek(2).startswith(_MAGIC) else file


def check_gzip(path: Path) -> bool:
    """Whether a file is gzip, which is then read to its end; errors are those of `gunzip`."""
    with path.open("rb") as file:
        text = gunzip(path, file)
        while text is not file and text.read(_PIECE_BYTES):
            pass
        return text is not file


class _Inflated(RawIOBase):
    """Text out of gzip, by the library of Intel, which takes a third of the time of zlib."""

    def __init__(self, path: Path, packed: BufferedReader) -> None:
        self._path = path
        self._packed = packed
        self._text = IGzipFile(fileobj=packed, mode="rb")
        self._n_text = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever can be written to
        try:
            n: int = self._text.readinto(buffer)
        except (EOFError, BadGzipFile, IsalError) as error:
            fault = "that breaks off" if isinstance(error, EOFError) else f"that is damaged ({error})"
            raise DataError(
                str(self._path),
                got=f"a gzip stream {fault} after {self._n_text:,} bytes of text",
                expected="a complete gzip file",
                remedy="Fetch the file again; the download was probably interrupted (`gzip -t` checks it).",
            ) from error
        self._n_text += n
        n_packed = self._packed.tell()
        if self._n_text > min(MAX_TEXT_BYTES, max(FREE_TEXT_BYTES, MAX_RATIO * n_packed)):
            raise DataError(
                str(self._path),
                got=f"{self._n_text:,} bytes of text out of {n_packed:,} bytes of gzip, and more to come",
                expected=f"at most {MAX_RATIO} times the packed size, and {MAX_TEXT_BYTES >> 30} GiB in all",
                remedy="It looks like a decompression bomb. If you trust it, unpack it: plain files have no limit.",
            )
        return n
