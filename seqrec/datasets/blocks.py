"""Text files as large blocks of whole lines, gzipped or plain, in bounded memory."""

import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from seqrec.errors import DataError

BLOCK_BYTES = 1 << 24
"""Bytes of text in a block: large enough that the work per block vanishes, small enough to hold a few."""
MAX_LINE_BYTES = 1 << 26
"""A longer line is taken for a file that does not hold one record per line."""
_CHUNK_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 31
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole consecutive lines of a file."""

    data: bytes
    first_line: int
    """Number of the first line, counted from 1."""

    @property
    def n_lines(self) -> int:
        """Number of lines, blank ones included; the last one may lack its line feed."""
        return self.data.count(b"\n") + (not self.data.endswith(b"\n"))

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Lines that are not blank, with their numbers, without line ends."""
        for number, line in self.all_lines():
            if line.strip():
                yield number, line

    def all_lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line with its number, without line ends."""
        for number, line in enumerate(self.data.removesuffix(b"\n").split(b"\n"), self.first_line):
            yield number, line.removesuffix(b"\r")


def read_blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a file, gzipped or plain as its first bytes tell.

    The next block is read while one is worked on. A byte order mark is dropped.

    Raises:
        DataError: The file is empty, its gzip stream is cut short or damaged, or a line exceeds 64 MiB.
    """
    blocks = _cut(path, block_bytes)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read") as pool:
        coming = pool.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block


def first_lines(path: Path, n: int) -> list[bytes]:
    """Up to `n` lines from the beginning of a file, blank ones left out."""
    lines: list[bytes] = []
    for block in _cut(path, _CHUNK_BYTES):
        lines.extend(line for _, line in block.lines())
        if len(lines) >= n:
            break
    return lines[:n]


def _cut(path: Path, block_bytes: int) -> Iterator[Block]:
    parts: list[bytes] = []
    n_bytes, line, empty = 0, 1, True
    for chunk in filter(None, _text(path)):
        parts.append(chunk.removeprefix(_BOM) if empty else chunk)
        n_bytes += len(chunk)
        empty = False
        if n_bytes < block_bytes:
            continue
        data = b"".join(parts)
        end = data.rfind(b"\n") + 1
        if end:
            block = Block(data[:end], line)
            line += block.n_lines
            yield block
        elif n_bytes > MAX_LINE_BYTES:
            raise DataError(
                str(path),
                got=f"line {line:,}, which is longer than {MAX_LINE_BYTES >> 20} MiB",
                expected="one record per line",
                remedy="If the file is one JSON array, write its elements as lines first (JSON Lines).",
            )
        parts, n_bytes = [data[end:]], len(data) - end
    if rest := b"".join(parts):
        yield Block(rest, line)
    elif empty:
        raise DataError(
            str(path),
            got="an empty file",
            expected="one record per line",
            remedy="Fetch the file again, or take it out of the configuration if it is not needed.",
        )


def _text(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        magic = file.read(len(_GZIP_MAGIC))
        file.seek(0)
        chunks = _inflate(path, file) if magic == _GZIP_MAGIC else iter(lambda: file.read(_CHUNK_BYTES), b"")
        yield from chunks


def _inflate(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """Gzip, member by member; the standard file object, in steps of a few kB, takes twice as long."""
    stream = zlib.decompressobj(_GZIP_WBITS)
    n_read = 0
    while compressed := stream.unconsumed_tail or file.read(_CHUNK_BYTES):
        while compressed:
            try:
                text = stream.decompress(compressed, _CHUNK_BYTES << 2)
            except zlib.error as error:
                raise _damaged(path, f"a damaged gzip stream after {n_read:,} bytes of text ({error})") from error
            n_read += len(text)
            yield text
            compressed = b""
            # Another member may follow; some files are padded with zero bytes.
            if stream.eof and (compressed := stream.unused_data.lstrip(b"\0")):
                stream = zlib.decompressobj(_GZIP_WBITS)
    yield stream.flush()
    if not stream.eof:
        raise _damaged(path, f"a gzip stream that breaks off after {n_read:,} bytes of text")


def _damaged(path: Path, got: str) -> DataError:
    return DataError(
        str(path),
        got=got,
        expected="a complete gzip file",
        remedy="Fetch the file again; the download was probably interrupted (`gzip -t` tells).",
    )
