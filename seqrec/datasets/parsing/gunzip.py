"""Gzip, told by its first bytes and inflated piece by piece, within limits that stop a bomb."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from isal import isal_zlib
from isal.igzip_lib import IsalError

from seqrec.errors import DataError

MAX_RATIO = 200
"""Bytes of text that one byte of gzip may give. Dumps of reviews reach 8. Generated lines that differ in nothing but
user, item and time reach 40, and 130 if each repeats a thousand bytes of text. Deflate itself ends at 1032."""
FREE_TEXT_BYTES = 1 << 28
"""Text for which the ratio is not looked at: it is read in a second, and small samples may well repeat themselves."""
MAX_TEXT_BYTES = 1 << 38
"""256 GiB, several times the largest dump of one file that is known."""
_PIECE_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16
_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 31


def gunzip(path: Path, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text of a file: its `chunks`, inflated if they are gzip.

    Args:
        path: What to call the file in errors.
        chunks: Its bytes; the first chunk has at least two of them, if the file does.

    Raises:
        DataError: The stream is damaged, breaks off, or gives more text than a dump would: more than `MAX_RATIO`
            times its own size beyond the first 256 MiB, or more than 256 GiB.
    """
    first = next(chunks, b"")
    whole = chain([first], chunks)
    return _inflated(path, whole) if is_gzip(first) else whole


def is_gzip(beginning: bytes) -> bool:
    """Whether what begins like this, with two bytes or more, is gzip."""
    return beginning.startswith(_MAGIC)


def check_gzip(path: Path) -> bool:
    """Read a file to its end if it is gzip.

    Returns:
        Whether it is. Only a gzip file tells where it ends.

    Raises:
        DataError: As from `gunzip`.
    """
    with path.open("rb") as file:
        if not is_gzip(file.peek(2)):
            return False
        for _ in gunzip(path, iter(partial(file.read, _PIECE_BYTES), b"")):
            pass
        return True


def _inflated(path: Path, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Member by member, by the library of Intel, which takes a third of the time of zlib."""
    stream = isal_zlib.decompressobj(_GZIP_WBITS)
    n_packed = n_text = 0
    begins, waiting = True, b""
    # The last, empty one says that nothing more follows.
    for chunk in chain(chunks, [b""]):
        packed, waiting = waiting + chunk, b""
        n_packed += len(chunk)
        while packed:
            if begins:
                # Some files are padded with zero bytes.
                packed = packed.lstrip(b"\0")
                # A head with a checksum of its own is refused unless it comes in one piece.
                if not packed or (len(packed) < _HEAD_BYTES and chunk):
                    waiting = packed
                    break
                stream = isal_zlib.decompressobj(_GZIP_WBITS)
            try:
                text = stream.decompress(packed, _PIECE_BYTES)
            except IsalError as error:
                raise _damaged(path, f"a damaged gzip stream after {n_text:,} bytes of text ({error})") from error
            n_text += len(text)
            _check_size(path, n_text, n_packed)
            yield text
            begins = stream.eof
            packed = stream.unused_data if begins else stream.unconsumed_tail
    yield stream.flush()
    if not begins:
        raise _damaged(path, f"a gzip stream that breaks off after {n_text:,} bytes of text")


def _check_size(path: Path, n_text: int, n_packed: int) -> None:
    if n_text > MAX_TEXT_BYTES or n_text > max(FREE_TEXT_BYTES, MAX_RATIO * n_packed):
        raise DataError(
            str(path),
            got=f"{n_text:,} bytes of text out of {n_packed:,} bytes of gzip, and more to come",
            expected=f"at most {MAX_RATIO} times the packed size, and {MAX_TEXT_BYTES >> 30} GiB in all",
            remedy="It looks like a decompression bomb. If you trust it, unpack it: plain files have no such limit.",
        )


def _damaged(path: Path, got: str) -> DataError:
    return DataError(
        str(path),
        got=got,
        expected="a complete gzip file",
        remedy="Fetch the file again; the download was probably interrupted (`gzip -t` tells).",
    )
