"""From frames as a file gives them to canonical columns."""

from collections.abc import Iterator
from typing import Literal

import polars as pl
import polars.selectors as cs
import pyarrow as pa

from seqrec.datasets.canonical import times
from seqrec.datasets.canonical.time_faults import FAULTS, TIME_FAULT, UNREADABLE, time_faults
from seqrec.datasets.canonical.time_texts import has_offset
from seqrec.datasets.canonical.time_zones import UTC, in_utc
from seqrec.datasets.errors import LINE
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError

TIME_US = "time_us"
"""Column of microseconds since 1970-01-01 UTC, before they are judged."""

_SAMPLED_ROWS = 1_000
_VISIBLE = (ord("!"), ord("~"))


def as_text(frames: Iterator[pl.DataFrame], *columns: str) -> Iterator[pl.DataFrame]:
    """The frames with `columns` as text without blanks around it, whatever scalars they were; NaN becomes null."""
    for frame in frames:
        without_nan = frame.with_columns((cs.by_name(columns) & cs.float()).fill_nan(None))
        as_texts = without_nan.with_columns(pl.col(columns).cast(pl.String))
        # Numbers have no blanks around them, and most texts none either.
        written = [column for column in columns if not frame.schema[column].is_numeric()]
        padded = [column for column in written if _may_be_padded(as_texts[column])]
        # A byte order mark is inside of a file that was put together from several.
        yield as_texts.with_columns(pl.col(padded).str.strip_chars().str.strip_chars("\ufeff"))


def with_time(
    frames: Iterator[pl.DataFrame],
    reading: Reading,
    column: str,
    unit: times.Unit | Literal["auto"],
    remedy: str = "Read the file as the dump it is, or turn its times into that unit.",
    *,
    called: str | None = None,
    zone: str = UTC,
) -> Iterator[pl.DataFrame]:
    """The frames of one file with `TIME_US` and `TIME_FAULT`, made from dates, whole numbers or texts in `column`.

    The first rows decide the unit `auto`, and are checked against any other. Times that the file itself declares as
    such need no unit. Dates and times that don't say how far they are from UTC are taken for those of a time `zone`
    (`time_zones.in_utc`). The column may be `called` otherwise in the file.

    Raises:
        DataError: The times are in another unit (`times.check_unit`), or their days and months can't be told apart;
            `remedy` says what to do.
    """
    called = called or column
    for frame in frames:
        values = frame[column]
        if reading.time_unit is None and values.count() and not values.dtype.is_temporal():
            sample = values.drop_nulls().head(_SAMPLED_ROWS).cast(pl.String)
            if unit != "auto":
                times.check_unit(sample, unit, reading.path, called, remedy)
            reading.time_unit = _unit_of(sample, reading, called, remedy) if unit == "auto" else unit
            reading.has_times = reading.time_unit != "order"
        yield _timed(frame, column, called, zone, reading)


def to_batches(frame: pl.DataFrame) -> Iterator[pa.RecordBatch]:
    """The frame as Arrow record batches."""
    # Arrow turns polars' newest form of text into plain strings at a third of the speed at which polars does.
    yield from frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()


def _may_be_padded(texts: pl.Series) -> bool:
    """Whether some text begins or ends with another character than the visible ones of ASCII."""
    codes = texts.cast(pl.Binary).bin
    return any(not codes.get(end, null_on_oob=True).is_between(*_VISIBLE).all() for end in (0, -1))


def _unit_of(sample: pl.Series, reading: Reading, called: str, remedy: str) -> times.Unit:
    unit = times.unit_of(sample)
    if unit is None:
        got = f"dates in the column '{called}' such as {sample[0]}, whose day and month nothing tells apart"
        expected = "the unit dmy for days in front, or mdy for months in front"
        raise DataError(str(reading.path), got=got, expected=expected, remedy=remedy)
    return unit


def _timed(frame: pl.DataFrame, column: str, called: str, zone: str, reading: Reading) -> pl.DataFrame:
    values, unit = frame[column], reading.time_unit or "iso"
    if values.dtype.is_temporal():
        time, written, form = values.dt.epoch("us"), None, "times of the file's own type"
    else:
        written, form = values.cast(pl.String) if values.dtype != pl.Int64 else values, times.NAMES[unit]
        time = _time_us(written, unit)
    reading.note(f"{called}: {form}", values.count())
    # Placeholders are what they are in any time zone.
    faults = time_faults(time, unit, written)
    is_local = _are_local(values, unit) & time.is_not_null()
    reading.note(f"{called}: no offset, so taken for {zone}", int(is_local.sum()))
    if zone != UTC:
        is_shifted = is_local & (faults == 0)
        time = time.scatter(is_shifted.arg_true(), in_utc(time.filter(is_shifted), zone))
    if reading.unread_time is None and time.null_count() > values.null_count():
        unread = frame.filter((faults == FAULTS[UNREADABLE]) & values.is_not_null())
        if unread.height:
            reading.unread_time = unread[LINE][0], str(unread[column][0])
    return frame.with_columns(time.alias(TIME_US), faults.alias(TIME_FAULT))


def _are_local(values: pl.Series, unit: times.Unit) -> pl.Series:
    """Whether values show a calendar or a clock, and don't say how far it is from UTC."""
    if values.dtype.is_temporal():
        is_local = getattr(values.dtype, "time_zone", None) is None
    elif unit in ("iso", "dmy", "mdy"):
        return ~has_offset(values.cast(pl.String))
    else:
        is_local = unit in times.LOCAL_UNITS
    return pl.repeat(is_local, len(values), dtype=pl.Boolean, eager=True)


def _time_us(values: pl.Series, unit: times.Unit) -> pl.Series:
    clock = times.clock_of(unit)
    if values.dtype == pl.Int64 and clock is not None:
        return values.alias("time").to_frame().select(times.whole_microseconds(pl.col("time"), clock)).to_series()
    return times.microseconds(values.cast(pl.String), unit)
