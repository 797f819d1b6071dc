"""From frames as a file gives them to canonical columns."""

from collections.abc import Iterator
from typing import Literal

import polars as pl
import polars.selectors as cs
import pyarrow as pa

from seqrec.datasets.canonical import times
from seqrec.datasets.reading import Reading

TIME_US = "time_us"
"""Column of microseconds since 1970-01-01 UTC, before they are judged."""

_SAMPLED_ROWS = 1_000


def as_text(frames: Iterator[pl.DataFrame], *columns: str) -> Iterator[pl.DataFrame]:
    """The frames with `columns` as text, whatever scalars they were; NaN becomes null."""
    for frame in frames:
        without_nan = frame.with_columns((cs.by_name(columns) & cs.float()).fill_nan(None))
        yield without_nan.with_columns(pl.col(columns).cast(pl.String))


def with_time(
    frames: Iterator[pl.DataFrame],
    reading: Reading,
    column: str,
    unit: times.Unit | Literal["auto"],
    remedy: str = "Read the file as the dump it is, or turn its times into that unit.",
    *,
    called: str | None = None,
) -> Iterator[pl.DataFrame]:
    """The frames of one file with `TIME_US`, made from dates, whole numbers or texts in `column`.

    The first rows decide the unit `auto`, and are checked against any other. Times that the file itself declares as
    such need no unit; those without a time zone are taken for UTC. The column may be `called` otherwise in the file.

    Raises:
        DataError: The times are in another unit (`times.check_unit`); `remedy` says what to do.
    """
    for frame in frames:
        values = frame[column]
        if reading.time_unit is None and values.count() and not values.dtype.is_temporal():
            sample = values.drop_nulls().head(_SAMPLED_ROWS).cast(pl.String)
            if unit != "auto":
                times.check_unit(sample, unit, reading.path, called or column, remedy)
            reading.time_unit = times.unit_of(sample) if unit == "auto" else unit
        yield _with_us(frame, column, reading.time_unit or "iso")


def _with_us(frame: pl.DataFrame, column: str, unit: times.Unit) -> pl.DataFrame:
    values = frame[column]
    if values.dtype.is_temporal():
        return frame.with_columns(pl.col(column).dt.epoch("us").alias(TIME_US))
    if values.dtype == pl.Int64 and unit in ("s", "ms", "us"):
        return frame.with_columns(times.whole_microseconds(pl.col(column), unit).alias(TIME_US))
    texts = frame.select(values.cast(pl.String))
    if unit == "iso":
        usual = texts.select(times.usual_microseconds(column)).to_series()
        if usual.null_count() == values.null_count():
            return frame.with_columns(usual.alias(TIME_US))
    return frame.with_columns(texts.select(times.microseconds(column, unit)).to_series().alias(TIME_US))


def to_batches(frame: pl.DataFrame) -> Iterator[pa.RecordBatch]:
    """The frame as Arrow record batches."""
    # Arrow turns polars' newest form of text into plain strings at a third of the speed at which polars does.
    yield from frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()
