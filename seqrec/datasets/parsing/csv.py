"""Delimited text: fields as text, with every record that can't be read set aside.

Polars reads a block at once where nothing is in doubt: no quotes, and as many separators as the header
promises. Other blocks are gone through record by record.
"""

import csv
import sys
from collections import Counter, deque
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import polars as pl

from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.blocks import BLOCK_BYTES, BOM, Block, first_lines
from seqrec.datasets.parsing.lines import LINE
from seqrec.datasets.parsing.unread import unread_blocks
from seqrec.errors import DataError

MAX_RECORD_LINES = 200
"""Lines that a record with line breaks inside quotes may span, so that an open quote can't eat the file."""
MAX_COLUMNS = 10_000
"""A first line with more names is taken for a file that is no table of records."""
_BATCH_ROWS = 20_000


def csv_columns(path: Path, separator: str, *, header: bool) -> list[str]:
    """The names in the first line; without a header, the positions `0`, `1` and so on.

    Raises:
        DataError: The first line can't be read, names a column twice, or has more than 10,000 names.
    """
    line = next(iter(first_lines(path, 1)), b"").strip(b"\r")
    fields, _ = _fields(line, separator)
    if not fields or not line or b"\r" in line:
        raise DataError(
            str(path),
            got=f"first line {line[:80]!r}",
            expected="column names",
            remedy="Check the file's encoding, which must be UTF-8, and its line ends.",
        )
    if len(fields) > MAX_COLUMNS:
        raise too_wide(path, len(fields))
    names = [field.strip() for field in fields] if header else [str(index) for index in range(len(fields))]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        remedy = "Rename one of the columns, or set header = false if the first line holds data."
        raise DataError(str(path), got=f"two columns '{twice}'", expected="each name once", remedy=remedy)
    return names


def too_wide(path: Path, n_columns: int) -> DataError:
    """What to say of a file whose first lines name more than `MAX_COLUMNS` columns."""
    return DataError(
        str(path),
        got=f"first lines with {n_columns:,} columns",
        expected=f"one record per line, with at most {MAX_COLUMNS:,} columns",
        remedy="Check the line ends, or write the table with one interaction or item per line.",
    )


def read_csv_lines(
    path: Path,
    columns: list[str],
    separator: str,
    rejects: Rejects,
    *,
    header: bool,
    quoted: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[pl.DataFrame]:
    """The `columns` as text, one record per line, with the line's number in the column `LINE`.

    A line with another number of fields, an open quote or bytes that are not UTF-8 goes to `rejects`. Where fields
    are not `quoted`, a quote is a character like any other.

    Raises:
        DataError: The file is empty or its gzip stream is damaged, or it holds too many bad lines.
    """
    for block in _bodies(path, rejects, block_bytes, header=header):
        frame = _whole(block, columns, separator, quoted=quoted)
        if frame is None:
            yield from _frames(path, block.all_lines(), columns, separator, rejects, quoted=quoted, max_lines=1)
        else:
            rejects.saw(path, frame.height)
            yield frame


def read_csv_records(
    path: Path,
    columns: list[str],
    separator: str,
    rejects: Rejects,
    *,
    header: bool,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[pl.DataFrame]:
    """As `read_csv_lines`, but quoted fields may hold line breaks; the first line numbers a record."""
    blocks = _bodies(path, rejects, block_bytes, header=header)
    lines = chain.from_iterable(block.all_lines() for block in blocks)
    return _frames(path, lines, columns, separator, rejects, quoted=True, max_lines=MAX_RECORD_LINES)


def _bodies(path: Path, rejects: Rejects, block_bytes: int, *, header: bool) -> Iterator[Block]:
    """The blocks without the header, which is the first line of the file that is not blank."""
    header = header and not rejects.span_of(path).start
    for block in unread_blocks(path, rejects, block_bytes):
        body = block
        if header and block.data.strip():
            header = False
            start = len(block.data) - len(block.data.lstrip())
            end = block.data.find(b"\n", start) + 1 or len(block.data)
            body = Block(block.data[end:], block.first_line + block.data.count(b"\n", 0, end))
        if body.data:
            yield body


def _whole(block: Block, columns: list[str], separator: str, *, quoted: bool) -> pl.DataFrame | None:
    """The rows of a block that is beyond doubt. Too many fields are an error to polars, too few are not."""
    if _doubtful(block, len(columns), separator, quoted=quoted):
        return None
    schema = dict.fromkeys(columns, pl.String())
    try:
        frame = pl.read_csv(
            block.data,
            has_header=False,
            schema=schema,
            separator=separator,
            quote_char=None,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != block.n_lines:
        return None
    return frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(LINE) + block.first_line, pl.all())


def _doubtful(block: Block, n_fields: int, separator: str, *, quoted: bool) -> bool:
    """Whether polars might take something in the block for another record than we do."""
    data = block.data
    return (
        (quoted and b'"' in data)
        or data.count(separator.encode()) != block.n_lines * (n_fields - 1)
        # Polars drops carriage returns at the end of any field, and a byte order mark before the first; where there
        # is one field, it takes a blank line for a record.
        or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n"))
        or data.startswith(BOM)
        # An empty field at the very end is dropped: one line too long may make up for another too short.
        or data.endswith(separator.encode())
        or n_fields == 1
    )


def _frames(
    path: Path,
    lines: Iterator[tuple[int, bytes]],
    columns: list[str],
    separator: str,
    rejects: Rejects,
    *,
    quoted: bool,
    max_lines: int,
) -> Iterator[pl.DataFrame]:
    schema = {LINE: pl.Int64(), **dict.fromkeys(columns, pl.String())}
    records = _records(path, lines, len(columns), separator, rejects, quoted=quoted, max_lines=max_lines)
    while rows := list(islice(records, _BATCH_ROWS)):
        yield pl.DataFrame(rows, schema=schema, orient="row")


def _records(
    path: Path,
    lines: Iterator[tuple[int, bytes]],
    n_fields: int,
    separator: str,
    rejects: Rejects,
    *,
    quoted: bool,
    max_lines: int,
) -> Iterator[tuple[int | str, ...]]:
    """Line number and fields of each record. A line that begins none is set aside; the next may begin one."""
    waiting: deque[tuple[int, bytes]] = deque()
    while first := _next(waiting, lines):
        number, text = first
        if not text.strip() and (n_fields == 1 or separator.encode() not in text):
            continue
        more: list[tuple[int, bytes]] = []
        n_quotes = text.count(b'"')
        while n_quotes % 2 and len(more) + 1 < max_lines and (following := _next(waiting, lines)):
            more.append(following)
            n_quotes += following[1].count(b'"')
        record = b"\n".join([text, *(line for _, line in more)])
        rejects.saw(path, 1)
        fields, reason = _fields(record, separator, n_fields, quoted=quoted)
        if fields is None:
            rejects.add(path, number, reason, text.decode(errors="replace"))
            waiting.extendleft(reversed(more))
        else:
            yield number, *fields


def _next(waiting: deque[tuple[int, bytes]], lines: Iterator[tuple[int, bytes]]) -> tuple[int, bytes] | None:
    return waiting.popleft() if waiting else next(lines, None)


def _fields(
    record: bytes, separator: str, n_fields: int | None = None, *, quoted: bool = True
) -> tuple[list[str] | None, str]:
    """The fields of a record, or else why it has none."""
    try:
        text = record.decode()
        fields = _unquoted(text, separator) if quoted and '"' in text else text.split(separator)
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except csv.Error:
        return None, "broken quotes"
    if n_fields is not None and len(fields) != n_fields:
        return None, "wrong number of fields"
    return fields, ""


def _unquoted(text: str, separator: str) -> list[str]:
    csv.field_size_limit(sys.maxsize)  # Lines have a limit of their own, and a field is no longer than its record.
    return next(csv.reader([text], delimiter=separator, strict=True), [])
