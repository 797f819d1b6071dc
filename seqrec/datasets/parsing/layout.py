"""The layout of delimited text, recognised from its first lines: its dialect, its columns, and where its records begin.

Exports put lines before the header (`sep=;`, comments), end rows with a delimiter that the header lacks, or write
quotes that quote nothing. The usual form is assumed unless the first lines clearly show something else.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from seqrec.datasets.parsing.blocks import first_whole_lines
from seqrec.datasets.parsing.dialect import AUTO, BLANKS, Dialect
from seqrec.datasets.parsing.parse_records import parse_records
from seqrec.datasets.parsing.records import cut_lines, n_fields, pieces
from seqrec.datasets.parsing.text import NOT_UTF_8
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError

MAX_COLUMNS = 10_000
"""A first line with more names is taken for a file that is no table of records."""
_SIGNS = (",", "\t", ";", "|", "::", "\x01")
"""Delimiters that are tried; a colon and blanks, which times and titles contain, only if none of these fits."""
_SEVERAL_BLANKS = re.compile(rb"(?m)^[ \t]|[ \t]{2}")
_CONSISTENT, _PERFECT = 0.8, 0.99
"""Shares of the lines with the usual number of fields that make a delimiter likely, and certain."""
_SNIFFED_LINES = 500
_MIN_BROKEN, _BROKEN_SHARE = 3, 0.1
"""With so many broken quotes, and such a share of the lines with quotes, quotes or escapes mean something else."""
_DECLARED = re.compile(rb'"?(?i:sep)=(.)"?\r?\n?')
"""A line that tells Excel the delimiter."""
_COMMENT: Final = "#"
_ZERO_SHARE = 0.2
"""Share of zero bytes that only text of other encodings has."""
_SET_ENCODING = "Set encoding to the encoding of the file if it is not UTF-8."
_CHECK_LINE = "Check its line ends and quotes."


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file of delimited text is read."""

    dialect: Dialect
    """The dialect, with nothing left to be recognised."""
    names: tuple[str, ...]
    """The columns."""
    n_surplus: int = 0
    """Empty fields at the end of each row that the header lacks."""
    is_uneven: bool = False
    """Whether rows differ in empty fields at their ends."""
    n_skipped: int = 0
    """Lines before the first row."""


def layout_of(reading: Reading, dialect: Dialect) -> Layout:
    """The layout of a file, with columns called `0`, `1` and so on where there is no header.

    Raises:
        DataError: The file is damaged, or its first line can't be read, names a column twice, or has more than 10,000
            names.
    """
    lines = first_whole_lines(reading.path, encoding=reading.encoding)[:_SNIFFED_LINES]
    _check_encoding(reading, b"".join(lines))
    dialect, first = _declared(lines, dialect)
    end = _after_comments(lines, first, dialect)
    fit = _fit(dialect, lines[end:])
    dialect, usual = fit.dialect, fit.width
    # A line that looks like a comment, but has the usual number of fields, is a record or names the columns.
    if dialect.comment is None and usual > 1:
        end = next((at for at in range(first, end) if _width(lines[at], dialect) == usual), end)
    first_line = lines[end] if end < len(lines) else b""
    if dialect.header is None:
        dialect = replace(dialect, header=not any(map(is_value, _first_fields(reading, first_line, dialect))))
    if not dialect.header:
        return Layout(dialect, tuple(map(str, range(max(usual, 1)))), n_skipped=end)
    names = _names(reading, first_line, dialect)
    return _fitted(Layout(dialect, names, n_skipped=end + 1), lines[end + 1 :])


def too_wide(path: Path, n_columns: int) -> DataError:
    """What to say of a file whose first lines name more than `MAX_COLUMNS` columns."""
    expected = f"one record per line, with at most {MAX_COLUMNS:,} columns"
    remedy = "Check the line ends, or write the table with one interaction or item per line."
    return DataError(str(path), got=f"first lines with {n_columns:,} columns", expected=expected, remedy=remedy)


def _check_encoding(reading: Reading, head: bytes) -> None:
    if head.count(b"\0") > _ZERO_SHARE * len(head):
        got, expected = "text with zero bytes, as UTF-16 and UTF-32 have them", f"text in {reading.encoding}"
        remedy = reading.remedies.get(NOT_UTF_8, _SET_ENCODING)
        raise DataError(str(reading.path), got=got, expected=expected, remedy=remedy)


def _declared(lines: Sequence[bytes], dialect: Dialect) -> tuple[Dialect, int]:
    """The dialect with what the file itself declares, and the number of the first line behind."""
    first = _next_filled(lines, 0)
    declared = _DECLARED.fullmatch(lines[first]) if first < len(lines) else None
    if declared is None:
        return dialect, first
    delimiter = declared[1].decode(errors="replace") if dialect.delimiter == AUTO else dialect.delimiter
    return replace(dialect, delimiter=delimiter), _next_filled(lines, first + 1)


def _after_comments(lines: Sequence[bytes], first: int, dialect: Dialect) -> int:
    """The number of the first line that is no comment; if all lines look like comments, none is one."""
    sign, end = (dialect.comment or _COMMENT).encode(), first
    while end < len(lines) and lines[end].startswith(sign):
        end = _next_filled(lines, end + 1)
    return end if end < len(lines) or dialect.comment else first


def _next_filled(lines: Sequence[bytes], at: int) -> int:
    return next((place for place in range(at, len(lines)) if lines[place].strip()), len(lines))


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a dialect divides some lines."""

    dialect: Dialect
    width: int
    """The most frequent number of fields; 0 without records."""
    share: float
    """Share of the lines that belong to records with the usual number of fields, of which there are several."""

    @property
    def score(self) -> float:
        """High if all lines have the same number of fields, and many."""
        return self.share * (1 - 1 / self.width) if self.width else 0.0


def _fit(dialect: Dialect, lines: Sequence[bytes]) -> _Fit:
    """The dialect, with the characters that divide these lines best, the first of which names the columns."""
    body, first = b"".join(lines), next(iter(lines), b"")
    if dialect.delimiter == AUTO:
        # Text in quotes may contain the delimiter, which can't be recognised if that has several characters.
        is_quoted = dialect.quote not in (None, AUTO)
        delimiters = [sign for sign in _SIGNS if sign.encode() in first and not (is_quoted and len(sign) > 1)] or [","]
        best = max((_fit(replace(dialect, delimiter=sign), lines) for sign in delimiters), key=lambda fit: fit.score)
        if best.share >= _CONSISTENT:
            return best
        blanks = BLANKS if _SEVERAL_BLANKS.search(body) and not is_quoted else " "
        rare = [":"] * (b":" in first) + [blanks] * (len(first.split()) > 1)
        found = [_fit(replace(dialect, delimiter=sign), lines) for sign in rare]
        return max([best, *(fit for fit in found if fit.share >= _CONSISTENT)], key=lambda fit: fit.score)
    if dialect.quote == AUTO:
        quoted, bare = replace(dialect, quote='"'), replace(dialect, quote=None)
        escaped = replace(quoted, escape=dialect.escape or "\\")
        if not dialect.is_simple:
            dialect = bare
        elif b'\\"' in body and _breaks_quotes(body, quoted) and _divided(body, escaped).share >= _PERFECT:
            dialect = escaped
        else:
            dialect = bare if _breaks_quotes(body, quoted) and _divided(body, bare).share >= _PERFECT else quoted
    return _divided(body, dialect)


def _breaks_quotes(body: bytes, dialect: Dialect) -> bool:
    """Whether many of the quotes do not close where the dialect says they do."""
    if b'"' not in body:
        return False
    n_broken = sum(kind == "other" for kind, _ in _pieces(body, dialect))
    n_lines = sum(b'"' in line for line in body.split(b"\n"))
    return n_broken >= max(_MIN_BROKEN, _BROKEN_SHARE * n_lines)


def _divided(body: bytes, dialect: Dialect) -> _Fit:
    n_records: Counter[int] = Counter()
    n_lines: Counter[int] = Counter()
    for kind, text in _pieces(body, dialect):
        if kind != "blank":
            width = n_fields(text, dialect.simplified()) if kind == "record" else 0
            n_records[width] += kind == "record"
            n_lines[width] += text.count(b"\n")
    n_usual = max((n for width, n in n_lines.items() if width > 1), default=0)
    return _Fit(dialect, max(n_records, key=n_records.__getitem__, default=0), n_usual / max(1, n_lines.total()))


def _width(line: bytes, dialect: Dialect) -> int:
    return _divided(line, replace(dialect, comment=None)).width


def _pieces(body: bytes, dialect: Dialect) -> Iterator[tuple[str, bytes]]:
    return pieces(dialect.simplify(body), dialect.simplified(), last=False)


def _first_fields(reading: Reading, line: bytes, dialect: Dialect) -> list[str]:
    """The fields of the first line; a `DataError` if it is no record."""
    simple = dialect.simplified()
    cut = cut_lines(dialect.simplify(line or b"\n"), 1, replace(simple, comment=None), last=True)
    if not len(cut.lines) or b"\0" in line:  # Arrow would end a name there.
        got, set_encoding = f"first line {line.strip()[:80]!r}", reading.remedies.get(NOT_UTF_8, _SET_ENCODING)
        raise DataError(str(reading.path), got=got, expected="column names", remedy=f"{set_encoding} {_CHECK_LINE}")
    n_columns = n_fields(cut.records, simple)
    if n_columns > MAX_COLUMNS:
        raise too_wide(reading.path, n_columns)
    # Files that were put together from several have a byte order mark in front of a field.
    return [name.strip().strip("\ufeff") for name in parse_records(cut.records, simple)[0].column_names]


def is_value(text: str) -> bool:
    """Whether it is a number, perhaps with a decimal comma, or a date."""
    for read in (float, datetime.fromisoformat):
        with suppress(ValueError):
            read(text.strip().replace(",", "."))
            return True
    return False


def _names(reading: Reading, line: bytes, dialect: Dialect) -> tuple[str, ...]:
    """The names in a line."""
    names = _first_fields(reading, line, dialect)
    if line.startswith(_COMMENT.encode()):
        names[0] = names[0].removeprefix(_COMMENT).strip() or names[0]
    names = [name or str(place) for place, name in enumerate(names)]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        remedy = "Rename one of the columns, or set header = false if the first line holds data."
        raise DataError(str(reading.path), got=f"two columns '{twice}'", expected="each name once", remedy=remedy)
    return tuple(names)


def _fitted(layout: Layout, rows: Sequence[bytes]) -> Layout:
    """The layout with as many fields as rows have, if they and the header differ in nameless ones at the end."""
    simple, n_names = layout.dialect.simplified(), len(layout.names)
    records = [text for kind, text in _pieces(b"".join(rows), layout.dialect) if kind == "record"]
    # How many fields each has beyond the names, and whether the last one is empty.
    surplus = [
        (n_fields(text, simple) - n_names, text.rstrip(b"\r\n").endswith(simple.delimiter.encode())) for text in records
    ]
    ((n_more, _),) = Counter(n for n, _ in surplus).most_common(1) or [(0, 0)]
    if -n_names < n_more < 0 and not any(name and not name.isdecimal() for name in layout.names[n_more:]):
        return replace(layout, names=layout.names[:n_more])
    n_surplus = n_more if n_more > 0 and surplus.count((n_more, True)) > surplus.count((n_more, False)) else 0
    is_uneven = any(n == 0 for n, _ in surplus) if n_surplus else any(n > 0 and is_empty for n, is_empty in surplus)
    return replace(layout, n_surplus=n_surplus, is_uneven=is_uneven)
