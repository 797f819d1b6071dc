"""Compressed files, recognised by their bytes and unpacked as they are read, within limits that stop a bomb."""

import bz2
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import pyarrow as pa
from isal.igzip import BadGzipFile, IGzipFile
from isal.igzip_lib import IsalError

from seqrec.errors import DataError

FREE_TEXT_BYTES = 1 << 28
"""The ratio is not checked below this: it is read in a second, and small samples may well repeat themselves."""
MAX_TEXT_BYTES = 1 << 38
"""256 GiB, several times the largest dump of one file that is known."""
_PIECE_BYTES = 1 << 20
_TRIED_BYTES = 1 << 13
_TELLING_BYTES = 1_000
"""Text that begins like a packed file by chance can't be unpacked to such a length."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pack one file."""

    name: str
    endings: tuple[str, ...]
    """How names of such files end."""
    magic: bytes
    """How such files begin."""
    header: re.Pattern[bytes]
    """A longer beginning, which hardly any text has."""
    open: Callable[[Any], Any]
    """The text of a packed stream, with the methods `read` and `readinto`."""
    test: str
    """The command that checks whether a file is complete."""
    max_ratio: int
    """Bytes of text that one packed byte may give."""


MAX_RATIO = 200
"""For gzip. Dumps of reviews reach 8. Generated lines that differ in nothing but user, item and time reach 40, and 130
if each repeats a thousand bytes of text. Deflate itself ends at 1032."""
_MAX_LONG_RATIO = 2_000
"""For the others, which find what repeats from farther away."""
_METHODS = (
    Method(
        "gzip",
        (".gz", ".gzip", ".tgz"),
        b"\x1f\x8b",
        re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL),
        lambda file: IGzipFile(fileobj=file),
        "gzip -t",
        MAX_RATIO,
    ),
    Method(
        "bzip2",
        (".bz2", ".tbz2"),
        b"BZh",
        re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
        bz2.BZ2File,
        "bzip2 -t",
        _MAX_LONG_RATIO,
    ),
    Method("xz", (".xz", ".txz"), b"\xfd7zXZ\0", re.compile(rb"\xfd7zXZ\0\0"), lzma.LZMAFile, "xz -t", _MAX_LONG_RATIO),
    Method(
        "Zstandard",
        (".zst", ".zstd"),
        b"\x28\xb5\x2f\xfd",
        re.compile(rb"\x28\xb5\x2f\xfd"),
        lambda file: pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd"),
        "zstd -t",
        _MAX_LONG_RATIO,
    ),
)
_DAMAGE = (BadGzipFile, IsalError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, OSError)
ZIPPED = Method(
    "zip", (".zip",), b"PK\x03\x04", re.compile(rb"PK\x03\x04"), lambda file: file, "unzip -t", _MAX_LONG_RATIO
)
"""Members of a zip archive, which are found by its directory rather than by their beginning."""


def unpack(path: Path, file: BufferedReader) -> BufferedReader:
    """The text of a file at its start, unpacked if it is packed, in one piece or several; errors call it `path`.

    A file is packed if it begins so and its name says so, or if what follows can be unpacked: the first line of a text
    may begin by chance like any of them.

    Raises:
        DataError: While it is read: the stream is damaged, breaks off, or gives more text than a dump would: more than
            `max_ratio` times its own size beyond the first 256 MiB, or more than 256 GiB.
    """
    method = _method_of(path, file)
    return file if method is None else limited(path, method.open(file), file.tell, method)


def limited(path: Path, text: Any, n_packed: Callable[[], int], method: Method) -> BufferedReader:  # noqa: ANN401 - one class for each library
    """Text that is being unpacked, with the errors of `unpack`; `n_packed` gives the number of packed bytes so far."""
    return BufferedReader(_Unpacked(path, text, n_packed, method), _PIECE_BYTES)


def check_packed(path: Path) -> bool:
    """Whether a file is packed, which is then read to its end; errors are those of `unpack`."""
    with path.open("rb") as file:
        text = unpack(path, file)
        while text is not file and text.read(_PIECE_BYTES):
            pass
        return text is not file


def _method_of(path: Path, file: BufferedReader) -> Method | None:
    head = file.peek(_TRIED_BYTES)
    method = next((one for one in _METHODS if head.startswith(one.magic)), None)
    if method is None or path.name.lower().endswith(method.endings):
        return method
    return method if method.header.match(head) and _can_be_unpacked(head, method) else None


def _can_be_unpacked(head: bytes, method: Method) -> bool:
    """Whether the beginning of a file can be unpacked as far as it goes, or at least to some length."""
    n_text, text = 0, method.open(BytesIO(head))
    try:
        while piece := text.read(_TELLING_BYTES):
            n_text += len(piece)
    except (EOFError, *_DAMAGE) as error:
        return n_text >= _TELLING_BYTES or _breaks_off(error)
    return True


def _breaks_off(error: Exception) -> bool:
    return isinstance(error, EOFError) or "Truncated" in str(error)


class _Unpacked(RawIOBase):
    """Text out of a packed stream. For gzip, Intel's library takes a third of the time of zlib."""

    def __init__(self, path: Path, text: Any, n_packed: Callable[[], int], method: Method) -> None:  # noqa: ANN401 - as above
        self._path = path
        self._text = text
        self._n_packed = n_packed
        self._method = method
        self._n_text = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever can be written to
        try:
            n: int = self._text.readinto(buffer)
        except (EOFError, *_DAMAGE) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # The disk failed, and not the file.
            fault = "that breaks off" if _breaks_off(error) else f"that is damaged ({error})"
            raise DataError(
                str(self._path),
                got=f"a {self._method.name} stream {fault} after {self._n_text:,} bytes of text",
                expected=f"a complete {self._method.name} file",
                remedy=f"Fetch the file again; the download was probably interrupted (`{self._method.test}` checks "
                "it).",
            ) from error
        self._n_text += n
        n_packed, max_ratio = self._n_packed(), self._method.max_ratio
        if self._n_text > min(MAX_TEXT_BYTES, max(FREE_TEXT_BYTES, max_ratio * n_packed)):
            raise DataError(
                str(self._path),
                got=f"{self._n_text:,} bytes of text out of {n_packed:,} bytes of {self._method.name}, and more to "
                "come",
                expected=f"at most {max_ratio} times the packed size, and {MAX_TEXT_BYTES >> 30} GiB in all",
                remedy="It looks like a decompression bomb. If you trust it, unpack it: plain files have no limit.",
            )
        return n
