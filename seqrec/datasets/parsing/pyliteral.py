"""Lines that are Python literals, as in the Amazon metadata of 2014 and in Steam's. They are never run as code.

Most lines are rewritten as JSON, for polars to read; `ast.literal_eval` reads the others, and takes many times as long.
The others are lines that the two would read differently: a name occurs twice, or a number takes the place of text.
Only in fields that nobody reads is JSON more lenient: Python refuses brackets nested some two hundred deep.
"""

import ast
import re
import warnings
from collections.abc import Iterator

import polars as pl

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.blocks import BLOCK_BYTES, Block, read_blocks
from seqrec.datasets.parsing.jsonl import converted_rows, read_plausible, rows_where
from seqrec.datasets.parsing.prefetch import parallel_map
from seqrec.datasets.parsing.rows import read_rows
from seqrec.datasets.reading import Reading

MAX_LENGTH = 1 << 23
"""Characters that a line may have if it needs more than other quotation marks to be JSON."""
MAX_OUTSIDE = 1 << 17
"""Texts, and characters outside of them, that a line may have if only Python can read it; records have thousands."""
NOT_A_LITERAL = "not a Python literal"
"""The reason why a line is set aside that can't be parsed."""
_LITERAL, _JSON = "literal", "json"
"""Columns of lines as they stand there, and as JSON."""
_WORDS = {"None": "null", "True": "true", "False": "false"}
_ODD = ["\\", *(f"{before}u{mark}" for before in " {[" for mark in "'\""), *_WORDS, *_WORDS.values()]
"""What a line does not hold that only needs other quotation marks."""
_TEXT = re.compile(r"""u?'((?:[^'\\]++|\\.)*+)(?:'|\Z)|u?"((?:[^"\\]++|\\.)*+)(?:"|\Z)""")
"""A text, which may lack its end, so that none is looked for again and again."""
_STRAY = re.compile(r"""['"\\]|(?<![\w.])(?!(?:None|True|False)\b)[A-Za-z_]""")
"""What stands outside of texts and is no number, mark, or word that JSON has."""
_SPECIAL = re.compile(r"""\\(?:x([0-9a-fA-F]{2})|u(?![dD][89abAB])([0-9a-fA-F]{4})|(.))|\"""")
"""What is written otherwise in texts of JSON; half of a surrogate pair can't be written."""
_ESCAPES = {"'": "'", "a": r"\u0007", "v": r"\u000b", **{sign: "\\" + sign for sign in ('"', *r"\bfnrt")}}
"""Escapes that only Python has. It warns about those that escape nothing."""
_BEGINS = {pl.String(): '"', pl.Int64(): "-?[0-9]", pl.Float64(): "-?[0-9]"}
_LIST = r"\["
"""How a value of a type begins; of any other type, which are lists."""
_NUMBER = r"^-?[0-9.]+(?:[eE][-+]?[0-9]+)?$"
"""Text in a list that may have been a number, whose fraction Python keeps."""
_LEFT_TOGETHER = 128
"""Python reads all lines of a part this small or smaller where JSON refuses one."""


def read_literal_lines(reading: Reading, fields: Fields, block_bytes: int = BLOCK_BYTES) -> Iterator[pl.DataFrame]:
    """The `fields` of each line, a Python dict literal, with its number in the column `LINE`.

    Absent fields are null. Blank lines are skipped; a line that is no such literal is set aside. Values of wrong types
    and errors are those of `read_json_lines`.
    """
    blocks = read_blocks(reading.path, block_bytes, reading.encoding)
    for frame, others in parallel_map(lambda block: read_as_json(block, fields), blocks):
        reading.n_records += frame.height
        rows = [read_rows(others, parse_literal, NOT_A_LITERAL, fields, reading)] if others else []
        yield pl.concat([frame, *rows]).sort(LINE) if rows else frame


class _Numbers(ast.NodeTransformer):
    """Takes `nan` and `inf`, as Python writes floats that are no finite numbers, for what they are."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(float(node.id)) if node.id in {"nan", "inf"} else node


def parse_literal(text: str) -> object:
    """The value of a Python literal; a `ValueError` if `text` is none, or is larger than any record.

    Python takes some 600 bytes of memory for each character outside of texts.
    """
    if len(text) > MAX_OUTSIDE and not _is_moderate(text):
        raise ValueError(f"more than {MAX_OUTSIDE:,} characters outside of texts")
    try:
        with warnings.catch_warnings():
            # A backslash that escapes nothing is common in these texts, and harmless.
            warnings.simplefilter("ignore")
            value: object = ast.literal_eval(_Numbers().visit(ast.parse(text.lstrip(" \t"), mode="eval")))
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return value


def _is_moderate(text: str) -> bool:
    """Whether a long literal consists of long texts, rather than of many values."""
    if len(text) > MAX_LENGTH:
        return False
    n_outside = len(text)
    for n_texts, match in enumerate(_TEXT.finditer(text)):
        n_outside -= match.end() - match.start()
        if n_texts > MAX_OUTSIDE:
            return False
    return n_outside <= MAX_OUTSIDE


def read_as_json(block: Block, fields: Fields) -> tuple[pl.DataFrame, list[tuple[int, bytes]]]:
    """The lines that a parser of JSON reads as Python does: rows of `LINE` and `fields`; and the other lines."""
    try:
        text = block.data.decode()
    except UnicodeDecodeError:
        return pl.DataFrame(schema={LINE: pl.Int64(), **fields}), list(block.lines())
    literals, requoted = (pl.Series([one]).str.split("\n").explode() for one in (text, text.replace("'", '"')))
    numbers = pl.int_range(block.first_line, block.first_line + len(literals), eager=True)
    lines = pl.DataFrame({LINE: numbers, _LITERAL: literals, _JSON: requoted})
    lines = lines.filter(pl.col(_LITERAL).str.contains(r"\S"))
    is_odd, is_mixed = lines[_LITERAL].str.contains_any(_ODD), lines[_LITERAL].str.contains('"', literal=True)
    places = (is_odd | is_mixed).arg_true()
    marked = zip(lines[_LITERAL][places], is_odd[places], strict=True)
    written = pl.Series([_rewritten(line) if odd else _requoted(line) for line, odd in marked], dtype=pl.String)
    as_json = lines.select(LINE, lines[_JSON].scatter(places, written))
    rows = _read(as_json.filter(_is_certain(fields)), fields)
    others = lines.select(LINE, _LITERAL).filter(~pl.col(LINE).is_in(rows[LINE].implode()))
    return rows, [(number, line.removesuffix("\r").encode()) for number, line in others.iter_rows()]


def _requoted(line: str) -> str | None:
    """A line of both quotation marks, but without odd signs, as JSON; much faster than `_rewritten`."""
    # Texts between double quotation marks are every other part, unless such a mark stands in another text.
    parts = line.split('"')
    if any(part.count("'") % 2 for part in parts[::2]):
        return _rewritten(line)
    parts[::2] = [part.replace("'", '"') for part in parts[::2]]
    return '"'.join(parts)


def _rewritten(line: str) -> str | None:
    """Any line as JSON, if it is a literal at all; None if JSON can't express it, or if it is very long."""
    if len(line) > MAX_LENGTH:
        return None
    parts = [part for part in _TEXT.split(line) if part is not None]
    outside = "\n".join(parts[::2])
    if not outside.endswith(("}", "}\r")) or _STRAY.search(outside):
        return None
    for word, same in _WORDS.items():
        outside = outside.replace(word, same)
    try:
        parts[1::2] = [_SPECIAL.sub(_escaped, text) if "\\" in text or '"' in text else text for text in parts[1::2]]
    except KeyError:
        return None
    parts[::2] = outside.split("\n")
    return '"'.join(parts)


def _escaped(special: re.Match[str]) -> str:
    two_digits, four_digits, sign = special.groups("")
    digits: str = two_digits or four_digits
    return "\\u" + digits.zfill(4) if digits else _ESCAPES[sign or '"']


def _is_certain(fields: Fields) -> pl.Expr:
    """Whether Python reads what JSON reads, if that reads it at all, and finds the same values.

    Every name of a field stands there at most once, with a null or the beginning of a value of its type behind it.
    """
    line = pl.col(_JSON)
    counts = [line.str.count_matches(f'"{name}"', literal=True) for name in fields]
    begins = [rf'"{re.escape(name)}": (?:null|{_BEGINS.get(kind, _LIST)})' for name, kind in fields.items()]
    is_typed = line.str.count_matches("|".join(begins)) == pl.sum_horizontal(counts)
    return is_typed & (pl.max_horizontal(counts) <= 1)


def _read(written: pl.DataFrame, fields: Fields) -> pl.DataFrame:
    """Rows of `LINE` and `fields`, but for the few lines around what JSON does not read, and for doubtful values."""
    n = written.height
    frame = read_plausible(written[_JSON].str.join("\n")[0].encode(), n, fields) if n else None
    if frame is None and n > _LEFT_TOGETHER:
        return pl.concat([_read(written[: n // 2], fields), _read(written[n // 2 :], fields)])
    if frame is None:
        return pl.DataFrame(schema={LINE: pl.Int64(), **fields})
    numbers = rows_where(frame.select(pl.col(pl.List)), pl.col("text").str.contains(_NUMBER))
    doubtful = pl.concat([converted_rows(frame), numbers])
    rows = frame.select(written[LINE], *fields)
    return rows.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(doubtful.implode())) if len(doubtful) else rows
