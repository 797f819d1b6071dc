"""Delimited text: fields as text, with every record that can't be read set aside under the number of its first line.

pyarrow parses the fields. But it lets a quote that never closes swallow what follows, reads on behind a closing quote,
ends a line at a lone carriage return, and gives up at a byte that is not UTF-8. So text that may hold any of these is
cut into records first, by the grammar of RFC 4180, and pyarrow gets only those. A quote inside of a field that does not
begin with one is a character like any other.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
from jaxtyping import Int64

from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.blocks import BLOCK_BYTES, MAX_LINE_BYTES, Block, first_lines, read_blocks
from seqrec.datasets.parsing.prefetch import prefetch
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError

MAX_COLUMNS = 10_000
"""A first line with more names is taken for a file that is no table of records."""
_PLAIN = re.compile(rb"(?:\S[^\r\n]*+\r?\n)*+")
"""Lines that are records, if nothing in them is quoted or escaped: none is blank, and no carriage return is lost."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The characters that divide text into fields; each is one character of ASCII."""

    delimiter: str | None = None
    """Stands between fields; None for a comma, or for a tab where the format is TSV."""
    quote: str | None = '"'
    """Stands around fields that hold delimiters or line breaks, and twice for itself; None where nothing is quoted."""
    escape: str | None = None
    """Takes the meaning from the next character; None where nothing does."""
    header: bool = True
    """Whether the first line names the columns."""


RFC_4180: Final = Dialect()


def csv_columns(path: Path, dialect: Dialect) -> list[str]:
    """The names in the first line; without a header, the positions `0`, `1` and so on.

    Raises:
        DataError: The first line can't be read, names a column twice, or has more than 10,000 names.
    """
    line = next(iter(first_lines(path, 1)), b"")
    cut = _cut_lines(line + b"\n", 1, dialect, last=True)
    if not len(cut.lines):
        remedy = "Check the file's encoding, which must be UTF-8, and its line ends and quotes."
        raise DataError(str(path), got=f"first line {line[:80]!r}", expected="column names", remedy=remedy)
    fields = _parse(cut.records, dialect)[0].column_names
    if len(fields) > MAX_COLUMNS:
        raise too_wide(path, len(fields))
    names = [field.strip() for field in fields] if dialect.header else [str(index) for index in range(len(fields))]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        remedy = "Rename one of the columns, or set header = false if the first line holds data."
        raise DataError(str(path), got=f"two columns '{twice}'", expected="each name once", remedy=remedy)
    return names


def too_wide(path: Path, n_columns: int) -> DataError:
    """What to say of a file whose first lines name more than `MAX_COLUMNS` columns."""
    expected = f"one record per line, with at most {MAX_COLUMNS:,} columns"
    remedy = "Check the line ends, or write the table with one interaction or item per line."
    return DataError(str(path), got=f"first lines with {n_columns:,} columns", expected=expected, remedy=remedy)


def read_csv(
    reading: Reading, dialect: Dialect, names: list[str], wanted: list[str], block_bytes: int = BLOCK_BYTES
) -> Iterator[pl.DataFrame]:
    """The `wanted` columns of those in `names` as text, with the number of the record's first line in `LINE`.

    Set aside are records with another number of fields, bytes that are not UTF-8, and lines that begin no record,
    because a quote does not close or a carriage return ends no line; the next line may begin one.

    Raises:
        DataError: The file is empty or its gzip stream is damaged, or it holds too many bad lines.
    """
    for cut in prefetch(_cut(read_blocks(reading.path, block_bytes), dialect)):
        table, misfits = _parse(cut.records, dialect, names, wanted)
        places = [row.number - 1 for row in misfits]
        reading.n_records += len(cut.lines) + len(cut.others)
        for other in cut.others:
            reading.set_aside(*other)
        for line, row in zip(cut.lines[places].tolist(), misfits, strict=True):
            reading.set_aside(line, "wrong number of fields", row.text)
        yield pl.DataFrame(table).with_columns(pl.Series(LINE, np.delete(cut.lines, places)))


@dataclass(frozen=True, slots=True)
class _Cut:
    """Lines, cut into records."""

    records: bytes
    lines: Int64[np.ndarray, " n_records"]
    """Where they begin."""
    others: list[tuple[int, str, str]]
    """Line, reason and text of what begins no record."""
    n_bytes: int
    """What was cut; the record after it may continue."""


def _cut(blocks: Iterator[Block], dialect: Dialect) -> Iterator[_Cut]:
    data, line, header = b"", 1, dialect.header
    for block in chain(blocks, [None]):
        if block is not None:
            data += block.data if block.data.endswith(b"\n") else block.data + b"\n"
        if header and data.strip():
            header, start = False, data.index(b"\n", len(data) - len(data.lstrip())) + 1
            data, line = data[start:], line + data.count(b"\n", 0, start)
        if data:
            cut = _cut_lines(data, line, dialect, last=block is None)
            yield cut
            data, line = data[cut.n_bytes :], line + data.count(b"\n", 0, cut.n_bytes)


def _cut_lines(data: bytes, line: int, dialect: Dialect, *, last: bool) -> _Cut:
    valid = _is_utf8(data)
    is_signed = any(sign is not None and sign.encode() in data for sign in (dialect.quote, dialect.escape))
    if valid and not is_signed and _PLAIN.fullmatch(data):
        return _Cut(data, np.arange(line, line + data.count(b"\n")), [], len(data))
    place, records, lines, others = 0, [], [], []
    while place < len(data) and (match := _grammar(dialect).match(data, place)) is not None:
        kind, end = match.lastgroup, match.end()
        if kind == "open":
            if not last and end - place <= MAX_LINE_BYTES:
                break
            # A quote that never closes takes no line but its own.
            kind, end = "other", data.index(b"\n", place) + 1
        text = data[place:end]
        if kind == "record" and (valid or _is_utf8(text)):
            lines.append(line)
            records.append(text)
        elif kind != "blank":
            others.append((line, _fault(text), text.rstrip(b"\r\n").decode(errors="replace")))
        place, line = end, line + text.count(b"\n")
    return _Cut(b"".join(records), np.array(lines, np.int64), others, place)


@cache
def _grammar(dialect: Dialect) -> re.Pattern[bytes]:
    """A blank line; a record; one that continues after the end of the text; or any other line."""
    signs = (dialect.delimiter or ",", dialect.quote or "", dialect.escape or "")
    delimiter, quote, escape = map(re.escape, signs)
    escaped = f"|{escape}." if escape else ""
    field = plain = begun = rf"(?:[^{delimiter}{escape}\r\n]++{escaped})*+"
    if quote:
        plain = f"(?!{quote}){plain}"
        begun = f"{quote}(?:[^{quote}{escape}]++|{quote}{quote}{escaped})*+"
        field = f"(?:{begun}{quote}|{plain})"
    forms = {
        "blank": rf"(?:(?!{delimiter})[^\S\n])*+\n",
        "record": rf"{field}(?:{delimiter}{field})*+\r?\n",
        "open": rf"(?:{field}{delimiter})*+(?:{begun}|{plain})\Z",
        "other": r"[^\n]*+\n",
    }
    return re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in forms.items()).encode(), re.DOTALL)


def _fault(line: bytes) -> str:
    if not _is_utf8(line):
        return "not UTF-8"
    return "stray carriage return" if b"\r" in line.removesuffix(b"\r\n") else "broken quotes"


def _is_utf8(text: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        text.decode()
        return True
    return False


def _parse(
    records: bytes, dialect: Dialect, names: list[str] | None = None, wanted: list[str] | None = None
) -> tuple[pa.Table, list[pc.InvalidRow]]:
    """The `wanted` columns of text, named by the first record where nobody else does; and what has not all `names`."""
    misfits: list[pc.InvalidRow] = []

    def skip(row: pc.InvalidRow) -> str:
        misfits.append(row)
        return "skip"

    # pyarrow passes over an empty line, but would drop a byte order mark in front.
    data = b"\n" + records
    # Only a single thread numbers the rows.
    how = pc.ReadOptions(use_threads=False, block_size=len(data), column_names=names)
    signs = {"quote_char": dialect.quote or False, "escape_char": dialect.escape or False}
    signs |= {"delimiter": dialect.delimiter or ","}
    form = pc.ParseOptions(newlines_in_values=True, invalid_row_handler=skip, **signs)
    texts = dict.fromkeys(wanted or (), pa.large_string())
    what = pc.ConvertOptions(column_types=texts, include_columns=wanted, check_utf8=False)
    return pc.read_csv(pa.BufferReader(data), how, form, what), misfits
