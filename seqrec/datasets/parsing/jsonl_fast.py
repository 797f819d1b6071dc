"""JSON lines that polars reads beyond doubt, many at once.

It refuses what holds a broken line, but takes a list or a truth value for text, and half a surrogate pair for a zero
character.
"""

import numpy as np
import polars as pl
from jaxtyping import Int64

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.parsing.lines import LINE

_CONVERTED = r"^(?:\[.*\]|\{.*\}|true|false)$|\x00"
"""Text that may have been something else in the file."""
_BEGINS_CONVERTED = np.zeros(256, np.bool_)
"""By the first byte of a text, whether it may be such."""
_BEGINS_CONVERTED[list(b"[{tf")] = True


def read_certain(lines: bytes, n_lines: int, fields: Fields) -> pl.DataFrame | None:
    """One row of `fields` for each of the lines; None if one is not what it should be, or may not be."""
    frame = read_plausible(lines, n_lines, fields)
    return None if frame is None or len(converted_rows(frame)) else frame


def read_plausible(lines: bytes, n_lines: int, fields: Fields) -> pl.DataFrame | None:
    """One row of `fields` for each of the lines, `converted_rows` among them; None if one is not what it should be."""
    try:
        frame = pl.read_ndjson(lines, schema=dict(fields))
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == n_lines else None


def converted_rows(frame: pl.DataFrame) -> pl.Series:
    """The rows, counted from 0, in which a text may have been something else in the file; some of them twice."""
    # One look at the bytes spares most columns the pattern, which takes three times as long.
    columns = [column for column in frame if _may_hold_converted(column)]
    return pl.concat([pl.Series(dtype=pl.UInt32), *(rows_with(_CONVERTED, column) for column in columns)])


def rows_with(pattern: str, texts: pl.Series) -> pl.Series:
    """The rows, counted from 0, in which a text matches, whatever lists it is in; some of them twice."""
    rows = pl.DataFrame([pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias("row"), texts.alias("text")])
    while rows["text"].dtype == pl.List:
        rows = rows.explode("text")
    return rows.filter(pl.col("text").str.contains(pattern))["row"].alias("")


def numbered(frame: pl.DataFrame, lines: Int64[np.ndarray, " n_rows"]) -> pl.DataFrame:
    """The frame with the numbers of its lines in the column `LINE`."""
    return frame.with_columns(pl.Series(LINE, lines, pl.Int64))


def _may_hold_converted(texts: pl.Series) -> bool:
    """Whether any text of the column begins as converted ones do, or any byte is zero."""
    while texts.dtype == pl.List:
        texts = texts.explode()
    if texts.dtype != pl.String:
        return False
    _, starts, data = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()
    if data is None:
        return False
    places, characters = np.frombuffer(starts, np.int64), np.frombuffer(data, np.uint8)
    begins = characters[places[places < len(characters)]]
    return bool(_BEGINS_CONVERTED[begins].any() or np.count_nonzero(characters) < len(characters))
