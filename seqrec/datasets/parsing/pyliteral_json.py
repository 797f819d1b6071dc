"""Python literals that become JSON by writing their quotation marks otherwise, so that a parser of JSON can read them.

Most lines of the dumps of 2014 are such. What JSON reads and Python does not, and what the two read as different
values, is left alone here: escapes, names such as `true`, fields that stand twice, numbers where text is due. Only in
what nobody asks for is JSON the more patient: Python refuses brackets that are nested some two hundred deep.
"""

import re

import numpy as np
import polars as pl
import pyarrow as pa
from jaxtyping import Int64

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.parsing.blocks import Block
from seqrec.datasets.parsing.jsonl_fast import converted_rows, numbered, read_plausible, rows_with
from seqrec.datasets.parsing.lines import LINE

Line = tuple[int, bytes]
"""A line and its number."""

_LITERAL, _JSON = "literal", "json"
"""Columns of lines as they stand there, and with other quotation marks."""
_BLANK = r"^[ \t\n\r\v\f]*$"
_ODD = r"\\\x00-\x1f"
"""Escapes and control characters, line ends among them."""
_NOT_PLAIN = rf"""["{_ODD}&&[^\r\n]]|\r[^\n]"""
"""What lines that only need other quotation marks do not hold."""
_TEXT = r"""'([^']*)'|"([^"]*)\""""
_MIXED = rf"""^(?:[^'"{_ODD}]|'[^'"{_ODD}]*'|"[^"{_ODD}]*")*\r?\n?$"""
"""Texts in either form of quotation marks, without escapes, and no double mark inside of single ones."""
_NOT_BOTH = r"""[{\[:,]\s*(?:true|false|null|True|False|None|u")"""
"""What JSON reads and Python does not, or the other way round."""
_BEGINS = {False: '"', True: r"\["}
"""How a text begins, and a list."""
_NUMBER = r"^-?[0-9.]+(?:[eE][-+]?[0-9]+)?$"
"""Text in a list that may have been a number, of which Python keeps the fraction."""
_LEFT_TOGETHER = 128
"""Of so few lines, all are left to Python where JSON refuses one."""


def read_as_json(block: Block, fields: Fields) -> tuple[pl.DataFrame, list[Line]]:
    """The lines that a parser of JSON reads as Python does: rows of `LINE` and `fields`; and the other lines.

    Where numbers are wanted, which the two read differently, there are only others.
    """
    lines = _lines_of(block) if all(_innermost(kind) == pl.String() for kind in fields.values()) else None
    if lines is None:
        return pl.DataFrame(schema={LINE: pl.Int64(), **fields}), list(block.lines())
    rows = _read(_written(lines).filter(_is_certain(fields)), fields)
    others = lines.select(LINE, _LITERAL).filter(~pl.col(LINE).is_in(rows[LINE].implode()))
    return rows, [(number, _without_end(text.encode())) for number, text in others.iter_rows()]


def _read(written: pl.DataFrame, fields: Fields) -> pl.DataFrame:
    """Rows of `LINE` and `fields`, but for the few lines around what JSON does not read, and for doubtful values."""
    n = written.height
    frame = read_plausible(_joined(written[_JSON]), n, fields)
    if frame is None and n <= _LEFT_TOGETHER:
        frame, written = pl.DataFrame(schema=dict(fields)), written.clear()
    if frame is None:
        return pl.concat([_read(written[: n // 2], fields), _read(written[n // 2 :], fields)])
    numbers = (rows_with(_NUMBER, column) for column in frame.select(pl.col(pl.List)))
    doubtful = pl.concat([converted_rows(frame), *numbers])
    rows = numbered(frame, written[LINE].to_numpy()).select(LINE, *fields)
    return rows.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(doubtful.implode())) if len(doubtful) else rows


def _lines_of(block: Block) -> pl.DataFrame | None:
    """The lines that are not blank, with their numbers and line ends; None if the block is not UTF-8."""
    data = np.frombuffer(block.data, np.uint8)
    ends = np.flatnonzero(data == ord("\n")) + 1
    starts = np.concatenate([[0], ends, [] if block.data.endswith(b"\n") else [len(data)]]).astype(np.int64)
    try:
        texts = {_LITERAL: _cut(block.data, starts), _JSON: _cut(block.data.replace(b"'", b'"'), starts)}
    except pl.exceptions.PolarsError:
        return None
    numbers = pl.int_range(block.first_line, block.first_line + len(starts) - 1, eager=True)
    return pl.DataFrame({LINE: numbers, **texts}).filter(~pl.col(_LITERAL).str.contains(_BLANK))


def _cut(data: bytes, starts: Int64[np.ndarray, " n_plus_1"]) -> pl.Series:
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(data)]
    return pl.Series(pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(starts) - 1, buffers)).cast(pl.String)


def _written(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines whose texts can be told from the rest, with double quotation marks around them."""
    literal = pl.col(_LITERAL)
    not_plain = lines[_LITERAL].str.contains(_NOT_PLAIN)
    mixed = lines.filter(not_plain).filter(literal.str.contains(_MIXED))
    requoted = mixed.select(LINE, literal.str.replace_all(_TEXT, '"${1}${2}"').alias(_JSON))
    return pl.concat([lines.filter(~not_plain).select(LINE, _JSON), requoted]).sort(LINE)


def _is_certain(fields: Fields) -> pl.Expr:
    """Whether Python reads what JSON reads, if that reads it at all, and finds the same values.

    Every name of a field stands there at most once, with the beginning of a value of its type behind it.
    """
    line = pl.col(_JSON)
    names = [line.str.count_matches(f'"{name}"', literal=True) for name in fields]
    begins = [f'"{re.escape(name)}": {_BEGINS[isinstance(kind, pl.List)]}' for name, kind in fields.items()]
    is_typed = line.str.count_matches("|".join(begins)) == pl.sum_horizontal(names)
    return is_typed & (pl.max_horizontal(names) <= 1) & ~line.str.contains(_NOT_BOTH)


def _joined(lines: pl.Series) -> bytes:
    """Lines one after the other, each with its end."""
    if lines.is_empty():
        return b""
    _, _, data = lines.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()
    return bytes(data.to_pybytes())


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _innermost(kind: object) -> object:
    while isinstance(kind, pl.List):
        kind = kind.inner
    return kind
