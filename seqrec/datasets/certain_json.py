"""JSON lines that polars reads beyond doubt, many at once.

It refuses what holds a broken line, but takes a list or a truth value for text, and half a surrogate pair for a zero
character.
"""

import numpy as np
import polars as pl
from jaxtyping import Int64

from seqrec.datasets.fields import Fields
from seqrec.datasets.lines import LINE

_CONVERTED = r"^(?:\[.*\]|\{.*\}|true|false)$|\x00"
"""Text that may have been something else in the file."""
_BEGINS_CONVERTED = np.zeros(256, np.bool_)
"""By the first byte of a text, whether it may be such."""
_BEGINS_CONVERTED[list(b"[{tf")] = True


def read_certain(lines: bytes, n_lines: int, fields: Fields) -> pl.DataFrame | None:
    """One row of `fields` for each of the lines; None if one is not what it should be, or may not be."""
    try:
        frame = pl.read_ndjson(lines, schema=dict(fields))
    except pl.exceptions.PolarsError:
        return None
    return None if frame.height != n_lines or _has_doubtful(frame) else frame


def numbered(frame: pl.DataFrame, lines: Int64[np.ndarray, " n_rows"]) -> pl.DataFrame:
    """The frame with the numbers of its lines in the column `LINE`."""
    return frame.with_columns(pl.Series(LINE, lines, pl.Int64))


def all_texts(column: pl.Series) -> pl.Series:
    """All texts of a column, whatever lists they are in."""
    while column.dtype == pl.List:
        column = column.explode()
    return column


def _has_doubtful(frame: pl.DataFrame) -> bool:
    texts = (all_texts(column) for column in frame if column.dtype in (pl.String, pl.List))
    # One look at the bytes spares most columns the pattern, which takes three times as long.
    return any(_may_be_converted(column) and column.str.contains(_CONVERTED).any() for column in texts)


def _may_be_converted(texts: pl.Series) -> bool:
    """Whether any text begins as converted ones do, or any byte is zero."""
    _, starts, data = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()
    if data is None:
        return False
    places, characters = np.frombuffer(starts, np.int64), np.frombuffer(data, np.uint8)
    begins = characters[places[places < len(characters)]]
    return bool(_BEGINS_CONVERTED[begins].any() or np.count_nonzero(characters) < len(characters))
