"""JSON lines: the requested columns, at the speed of polars; every line that can't be read is set aside.

Polars reads a block at once. It refuses a block that holds a broken line, but takes a list or a truth value for text,
and half a surrogate pair for a zero character. Where this is uncertain, a block is read line by line.
"""

import json
from collections.abc import Iterator

import polars as pl
import polars.selectors as cs

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.blocks import BLOCK_BYTES, Block, read_blocks
from seqrec.datasets.parsing.prefetch import parallel_map
from seqrec.datasets.parsing.rows import read_rows
from seqrec.datasets.reading import Reading

NOT_JSON = "not JSON"
"""The reason why a line is set aside that can't be parsed."""
_CONVERTED = r"^(?:\[.*\]|\{.*\}|true|false)$|\x00"
"""Text that may have been something else in the file."""
_SIGNS = ["[", "{", "true", "false", "\0"]
"""What such a text holds. To look for them takes half of the time of the pattern."""


def read_json_lines(reading: Reading, fields: Fields, block_bytes: int = BLOCK_BYTES) -> Iterator[pl.DataFrame]:
    """The `fields` of each line, with its number in the column `LINE`; absent fields are null.

    Blank lines are skipped. Numbers become text where text is requested; for any other value of a wrong type see
    `row_reader`. A line that is not one JSON object in UTF-8 is set aside. NaN and Infinity are taken for JSON.

    Raises:
        DataError: The file is empty or packed and damaged, or it holds too many bad lines.
    """
    yield from read_json_blocks(reading, fields, read_blocks(reading.path, block_bytes, reading.encoding))


def read_json_blocks(reading: Reading, fields: Fields, blocks: Iterator[Block]) -> Iterator[pl.DataFrame]:
    """The `fields` of each line of some blocks, as `read_json_lines` gives them."""
    for block, frame in parallel_map(lambda block: (block, read_plausible(block.data, block.n_lines, fields)), blocks):
        if frame is None or len(converted_rows(frame)):
            yield read_rows(block.lines(), parse_record, NOT_JSON, fields, reading)
        else:
            reading.n_records += frame.height
            lines = pl.int_range(block.first_line, block.first_line + frame.height, dtype=pl.Int64)
            yield frame.with_columns(lines.alias(LINE))


def read_plausible(lines: bytes, n_lines: int, fields: Fields) -> pl.DataFrame | None:
    """One row of `fields` for each of the lines, `converted_rows` among them; None if one is not what it should be."""
    # Polars would unpack lines that begin as gzip or Zstandard do.
    if not lines.lstrip().startswith(b"{"):
        return None
    try:
        frame = pl.read_ndjson(lines, schema=dict(fields))
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == n_lines else None


def converted_rows(frame: pl.DataFrame) -> pl.Series:
    """The rows, counted from 0, in which a text may have been something else in the file; some of them twice."""
    conditions = (pl.col("text").str.contains_any(_SIGNS), pl.col("text").str.contains(_CONVERTED))
    return rows_where(frame.select(cs.string() | cs.list()), *conditions)


def rows_where(columns: pl.DataFrame, *conditions: pl.Expr) -> pl.Series:
    """The rows, counted from 0, with a text that fulfils all conditions on `text`, whatever lists it is in."""
    found = [pl.Series(dtype=pl.UInt32)]
    for column in columns:
        rows = column.to_frame("text").with_row_index("row")
        while rows["text"].dtype == pl.List:
            rows = rows.explode("text")
        for condition in conditions:
            rows = rows.filter(condition)
        found.append(rows["row"].alias(""))
    return pl.concat(found)


def parse_record(line: str) -> object:
    """The value of a line as polars sees it: the first value of a name."""
    return json.loads(line, object_pairs_hook=lambda pairs: dict(pairs[::-1]))
