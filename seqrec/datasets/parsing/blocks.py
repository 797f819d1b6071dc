"""Text as large blocks of whole lines, gzipped or plain, a file of its own or in a tar, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from seqrec.datasets.parsing.gunzip import gunzip
from seqrec.datasets.parsing.lines import WHOLE, Span
from seqrec.datasets.parsing.prefetch import ahead
from seqrec.datasets.parsing.tar import archive_of, member_chunks
from seqrec.errors import DataError

BLOCK_BYTES = 1 << 23
"""Bytes of text in a block: large enough that the work per block vanishes, small enough to hold a few."""
MAX_LINE_BYTES = 1 << 26
"""A longer line is taken for a file that does not hold one record per line."""
BOM = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""
_CHUNK_BYTES = 1 << 18
_LINE_FEED = ord("\n")


@dataclass(frozen=True)
class Block:
    """Whole consecutive lines of a file."""

    data: bytes
    first_line: int
    """Number of the first line, counted from 1."""

    @cached_property
    def n_lines(self) -> int:
        """Number of lines, blank ones included; the last one may lack its line feed."""
        # The standard count looks at one byte after the other; this takes a fifth of its time.
        n_ends = int((pl.Series(np.frombuffer(self.data, np.uint8)) == _LINE_FEED).sum())
        return n_ends + (not self.data.endswith(b"\n"))

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Lines that are not blank, with their numbers, without line ends."""
        for number, line in self.all_lines():
            if line.strip():
                yield number, line

    def all_lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line with its number, without line ends."""
        for number, line in enumerate(self.data.removesuffix(b"\n").split(b"\n"), self.first_line):
            yield number, line.removesuffix(b"\r")


def read_blocks(path: Path, block_bytes: int = BLOCK_BYTES, span: Span = WHOLE) -> Iterator[Block]:
    """The lines of a file, or of a member of a tar archive by its path there; gzipped or plain, as its bytes tell.

    The next block is read while one is worked on. A byte order mark is dropped. What begins after the start of the
    file may be empty.

    Raises:
        DataError: The file is empty or ends before the span does, its gzip stream or archive is cut short, damaged or
            a bomb, or a line exceeds 64 MiB.
    """
    yield from ahead(_cut(path, block_bytes, span))


def first_lines(path: Path, n: int) -> list[bytes]:
    """Up to `n` lines from the beginning of a file, blank ones left out."""
    lines: list[bytes] = []
    for block in _cut(path, _CHUNK_BYTES):
        lines.extend(line for _, line in block.lines())
        if len(lines) >= n:
            break
    return lines[:n]


def _cut(path: Path, block_bytes: int, span: Span = WHOLE) -> Iterator[Block]:
    parts: list[bytes] = []
    n_bytes, line, empty = 0, span.first_line, not span.start
    for chunk in filter(None, _text(path, span)):
        parts.append(chunk.removeprefix(BOM) if empty else chunk)
        n_bytes += len(chunk)
        empty = False
        if n_bytes < block_bytes:
            continue
        lines, rest = _whole_lines(parts)
        if lines:
            block = Block(lines, line)
            line += block.n_lines
            yield block
        elif n_bytes > MAX_LINE_BYTES:
            raise DataError(
                str(path),
                got=f"line {line:,}, which is longer than {MAX_LINE_BYTES >> 20} MiB",
                expected="one record per line",
                remedy="If the file is one JSON array, write its elements as lines first (JSON Lines).",
            )
        parts, n_bytes = [rest], len(rest)
    if rest := b"".join(parts):
        yield Block(rest, line)
    elif empty:
        raise DataError(
            str(path),
            got="an empty file",
            expected="one record per line",
            remedy="Fetch the file again, or take it out of the configuration if it is not needed.",
        )


def _whole_lines(parts: list[bytes]) -> tuple[bytes, bytes]:
    """The text of `parts` up to its last line feed, and what follows; every byte is copied once."""
    for place in reversed(range(len(parts))):
        if end := parts[place].rfind(b"\n") + 1:
            last = memoryview(parts[place])
            return b"".join([*parts[:place], last[:end]]), b"".join([last[end:], *parts[place + 1 :]])
    return b"", b"".join(parts)


def _text(path: Path, span: Span) -> Iterator[bytes]:
    if archive_of(path):
        yield from gunzip(path, member_chunks(path))
        return
    with path.open("rb") as file:
        yield from gunzip(path, _chunks(path, file, span))


def _chunks(path: Path, file: BinaryIO, span: Span) -> Iterator[bytes]:
    file.seek(span.start)
    n_left = None if span.stop is None else span.stop - span.start
    while chunk := file.read(_CHUNK_BYTES if n_left is None else min(_CHUNK_BYTES, n_left)):
        yield chunk
        if n_left is not None:
            n_left -= len(chunk)
    if n_left:
        raise DataError(
            str(path),
            got="fewer bytes than when the reading began",
            expected=f"{span.stop:,} bytes, as it had then",
            remedy="Read it again when nobody writes to it.",
        )
