"""Delimited text, cut into records by the grammar of RFC 4180; lines that are no records are found.

A quote inside of a field that does not begin with one is an ordinary character.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Int64

from seqrec.datasets.parsing.blocks import MAX_LINE_BYTES, count_line_ends
from seqrec.datasets.parsing.dialect import Dialect
from seqrec.datasets.parsing.text import NOT_UTF_8

_INDENTED = re.compile(rb"\n\s")
"""Where a line begins with white space, as blank ones do."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Lines, cut into records."""

    records: bytes
    lines: Int64[np.ndarray, " n_records"]
    """Where they begin."""
    others: list[tuple[int, str, str]]
    """Line, reason and text of what begins no record."""
    n_bytes: int
    """What was cut; the record after it may continue."""
    n_lines: int
    """Lines in these bytes."""


def cut_lines(data: bytes, line: int, dialect: Dialect, *, last: bool) -> Cut:
    """Whole lines from the number `line` on, of a simple dialect; nothing follows the `last` ones.

    What begins no record is a line that is not UTF-8, has a quote that does not close or a stray carriage return.
    """
    valid = _is_utf8(data)
    signs = (dialect.quote, dialect.escape, dialect.comment)
    is_signed = any(sign is not None and sign.encode() in data for sign in signs)
    if valid and not is_signed and _is_plain(data):
        n_lines = count_line_ends(data)
        return Cut(data, np.arange(line, line + n_lines), [], len(data), n_lines)
    place, first, records, lines, others = 0, line, [], [], []
    for kind, text in pieces(data, dialect, last=last):
        if kind == "record" and (valid or _is_utf8(text)):
            lines.append(line)
            records.append(text)
        elif kind != "blank":
            others.append((line, _fault(text), text.rstrip(b"\r\n").decode(errors="replace")))
        place, line = place + len(text), line + text.count(b"\n")
    return Cut(b"".join(records), np.array(lines, np.int64), others, place, line - first)


def pieces(data: bytes, dialect: Dialect, *, last: bool) -> Iterator[tuple[str, bytes]]:
    """Blank or comment lines (`blank`), records (`record`), and lines that are neither (`other`), one after another."""
    place, grammar = 0, _grammar(dialect)
    while place < len(data) and (match := grammar.match(data, place)) is not None:
        kind, end = match.lastgroup or "", match.end()
        if kind == "open":
            if not last and end - place <= MAX_LINE_BYTES:
                break
            # A quote that never closes takes no line but its own.
            kind, end = "other", data.index(b"\n", place) + 1
        yield kind, data[place:end]
        place = end


def n_fields(record: bytes, dialect: Dialect) -> int:
    """Number of fields of a record."""
    signs = (dialect.quote, dialect.escape)
    if not any(sign is not None and sign.encode() in record for sign in signs):
        return record.count(dialect.delimiter.encode()) + 1
    return len(_fields(dialect).findall(record))


@cache
def _grammar(dialect: Dialect) -> re.Pattern[bytes]:
    """A blank line; a record; one that continues after the end of the text; or any other line."""
    field, plain, begun = _field(dialect)
    delimiter = re.escape(dialect.delimiter)
    comment = rf"{re.escape(dialect.comment)}[^\n]*+\n|" if dialect.comment else ""
    forms = {
        "blank": rf"{comment}(?:(?!{delimiter})[^\S\n])*+\n",
        "record": rf"{field}(?:{delimiter}{field})*+\r?\n",
        "open": rf"(?:{field}{delimiter})*+(?:{begun}|{plain})\Z",
        "other": r"[^\n]*+\n",
    }
    return re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in forms.items()).encode(), re.DOTALL)


@cache
def _fields(dialect: Dialect) -> re.Pattern[bytes]:
    """Each field of a record with what ends it."""
    field, _, _ = _field(dialect)
    return re.compile(rf"{field}(?:{re.escape(dialect.delimiter)}|\r?\n)".encode(), re.DOTALL)


def _field(dialect: Dialect) -> tuple[str, str, str]:
    """A field, one without quotes, and one in quotes but for the closing one."""
    signs = (dialect.delimiter, dialect.quote or "", dialect.escape or "")
    delimiter, quote, escape = map(re.escape, signs)
    escaped = f"|{escape}." if escape else ""
    field = plain = begun = rf"(?:[^{delimiter}{escape}\r\n]++{escaped})*+"
    if quote:
        plain = f"(?!{quote}){plain}"
        begun = f"{quote}(?:[^{quote}{escape}]++|{quote}{quote}{escaped})*+"
        field = f"(?:{begun}{quote}|{plain})"
    return field, plain, begun


def _fault(line: bytes) -> str:
    if not _is_utf8(line):
        return NOT_UTF_8
    return "stray carriage return" if b"\r" in line.removesuffix(b"\r\n") else "broken quotes"


def _is_plain(lines: bytes) -> bool:
    """Whether lines are records, if nothing in them is quoted or escaped: none is blank, no carriage return is lost."""
    is_indented = lines[:1].isspace() or _INDENTED.search(lines)
    return not is_indented and (b"\r" not in lines or lines.count(b"\r") == lines.count(b"\r\n"))


def _is_utf8(text: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        text.decode()
        return True
    return False
