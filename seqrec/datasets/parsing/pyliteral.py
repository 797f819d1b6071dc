"""Lines that are Python literals, as in the Amazon metadata of 2014. They are never run as code."""

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.blocks import BLOCK_BYTES
from seqrec.datasets.parsing.coerce import MisfitError, row_reader
from seqrec.datasets.parsing.lines import LINE
from seqrec.datasets.parsing.prefetch import worked_ahead
from seqrec.datasets.parsing.pyliteral_grammar import Reader, plain_reader
from seqrec.datasets.parsing.pyliteral_json import Line, read_as_json
from seqrec.datasets.parsing.unread import unread_blocks

CHUNK_LINES = 10_000
"""Lines whose values are held as Python objects at a time."""


def read_literal_lines(
    path: Path, fields: Fields, rejects: Rejects, block_bytes: int = BLOCK_BYTES
) -> Iterator[pl.DataFrame]:
    """The `fields` of each line, a Python dict literal, with its number in the column `LINE`.

    Absent fields are null. Blank lines are skipped; a line that is no such literal, or has a value of a wrong
    type, goes to `rejects`.

    Raises:
        DataError: The file is empty or its gzip stream is damaged, or it holds too many bad lines.
    """
    blocks = unread_blocks(path, rejects, block_bytes)
    for frame, others in worked_ahead(lambda block: read_as_json(block, fields), blocks):
        rejects.saw(path, frame.height + len(others))
        chunks = (others[start : start + CHUNK_LINES] for start in range(0, len(others), CHUNK_LINES))
        frames = [frame, *(_evaluated(path, chunk, fields, rejects) for chunk in chunks)]
        yield pl.concat(frames).sort(LINE)


def parse_literal(text: str) -> object:
    """The value of a Python literal.

    Raises:
        ValueError: `text` is no literal.
    """
    with _quiet():
        return _evaluate(text)


def _evaluate(text: str) -> object:
    try:
        value: object = ast.literal_eval(text)
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return value


@contextmanager
def _quiet() -> Iterator[None]:
    """A backslash that escapes nothing is common in these texts, and harmless."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _evaluated(path: Path, lines: list[Line], fields: Fields, rejects: Rejects) -> pl.DataFrame:
    with _quiet():
        return _frame(list(_rows(path, lines, fields, rejects)), {LINE: pl.Int64(), **fields})


def _rows(path: Path, lines: list[Line], fields: Fields, rejects: Rejects) -> Iterator[tuple[object, ...]]:
    """Number and fields of each line that is good."""
    read, read_plain = row_reader(fields), plain_reader(fields)
    for number, line in lines:
        try:
            row = read(_record(line.decode(), read_plain))
        except UnicodeDecodeError:
            reason = "not UTF-8"
        except MisfitError as misfit:
            reason = str(misfit)
        except ValueError:
            reason = "not a Python literal"
        else:
            yield (number, *row)
            continue
        rejects.add(path, number, reason, line.decode(errors="replace"))


def _record(text: str, read_plain: Reader) -> object:
    record = read_plain(text)
    return _evaluate(text) if record is None else record


def _frame(rows: list[tuple[object, ...]], kinds: Fields) -> pl.DataFrame:
    """Rows as a frame, by way of Arrow, which takes nested lists much faster than polars does."""
    schema = pl.DataFrame(schema=dict(kinds)).to_arrow().schema
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for field, column in zip(schema, columns, strict=True)]
    return pl.DataFrame(pa.Table.from_arrays(arrays, schema=schema))
