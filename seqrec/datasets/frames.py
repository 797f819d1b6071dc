"""From frames as a file gives them to canonical columns."""

from collections.abc import Iterator
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.times import Unit, microseconds, unit_of
from seqrec.datasets.titles import clean_title, flat_unique

TIME_US = "time_us"
"""Column of microseconds since 1970-01-01 UTC, before they are judged."""

_SAMPLED_ROWS = 1_000


def as_text(frames: Iterator[pl.DataFrame], *columns: str) -> Iterator[pl.DataFrame]:
    """The frames with `columns` as text, whatever scalars they were."""
    for frame in frames:
        yield frame.with_columns(pl.col(columns).cast(pl.String))


def with_time(frames: Iterator[pl.DataFrame], unit: Unit | Literal["auto"]) -> Iterator[pl.DataFrame]:
    """The frames with `TIME_US`, made from the column `timestamp`; the first rows decide the unit `auto`.

    Times that the file itself declares as such need no unit; those without a time zone are taken for UTC.
    """
    for frame in frames:
        times = frame[schema.TIMESTAMP]
        if isinstance(times.dtype, pl.Date | pl.Datetime):
            yield frame.with_columns(times.dt.epoch("us").alias(TIME_US))
            continue
        texts = times.cast(pl.String)
        if unit == "auto" and texts.null_count() < len(texts):
            unit = unit_of(texts.drop_nulls().head(_SAMPLED_ROWS))
        known: Unit = "iso" if unit == "auto" else unit
        yield frame.with_columns(texts).with_columns(microseconds(schema.TIMESTAMP, known).alias(TIME_US))


def clean_items(frame: pl.DataFrame, separator: str = "|") -> pl.DataFrame:
    """Items with cleaned texts and flat categories, in the columns of `schema.ITEMS`.

    Args:
        frame: The columns of `schema.ITEMS`; categories are lists, lists of lists, or text.
        separator: What stands between categories in a text.
    """
    texts = (schema.TITLE, schema.BRAND, schema.DESCRIPTION)
    cleaned = {name: pl.Series(map(clean_title, frame[name]), dtype=pl.String) for name in texts}
    categories = frame[schema.CATEGORIES]
    if categories.dtype == pl.String:
        categories = categories.str.split(separator)
    flat = [flat_unique(names) for names in categories.to_list()]
    return pl.DataFrame(
        {
            schema.ITEM: frame[schema.ITEM],
            **cleaned,
            schema.CATEGORIES: pl.Series(flat, dtype=pl.List(pl.String)),
        }
    )


def to_batches(frame: pl.DataFrame) -> Iterator[pa.RecordBatch]:
    """The frame as Arrow record batches, without copying where possible."""
    yield from frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()
