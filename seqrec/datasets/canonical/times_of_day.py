"""Dates in one column and times of day in another, as one text."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from seqrec.datasets.canonical.fields import absent
from seqrec.datasets.reading import Reading

CLOCK: Final = r"(?i)^\s*(?:[01]?\d|2[0-3])[:.][0-5]\d(?:[:.][0-5]\d(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?\s*$"
"""Times of day such as `18:30`, `18:30:07.25` or `6:30 PM`."""
HHMM: Final = r"^\s*(?:[01]?\d|2[0-3])[0-5]\d(?:[0-5]\d)?\s*$"
"""Times of day of at least an hour and two digits of minutes, such as 183007, 1830 or 930."""
DIGITS: Final = r"^\s*(\d{1,6})(?:\.0)?\s*$"
"""Times of day such as 183007, 1830 or 18."""
_YYYYMMDD: Final = (r"^(\d{4})(\d\d)(\d\d)(?:\.0)?$", "${1}-${2}-${3}")
_MIDNIGHT: Final = r"[T\s]+00:00(?::00(?:\.0+)?)?$"
_DAY_ZERO: Final = r"^(?:1899-12-30|1900-01-01)[T\s]+"
"""The day 0 of Access and of SQL Server."""


def with_times_of_day(
    frames: Iterator[pl.DataFrame], reading: Reading, date: str, time_of_day: str
) -> Iterator[pl.DataFrame]:
    """The frames of one file with dates and times of day as one text, in the column `date`.

    Dates are of the file's own type, texts or numbers such as 20190131; a clock behind one must show midnight. Times of
    day are of the file's own type, texts such as 18:30, or digits; the day 0 of databases in front of them is left out.
    The longest of the first digits decide whether all are hours, hours and minutes, or have seconds, too; leading zeros
    may be absent, and a time with more digits can't be read. A date without a time of day is alone, and a time of day
    without a date is nothing.
    """
    n_digits = 0
    for frame in frames:
        texts = pl.DataFrame({"day": _days(frame[date]), "clock": _clocks(frame[time_of_day])})
        n_digits = n_digits or _even(texts["clock"].str.extract(DIGITS).str.len_bytes().max())
        digits = pl.col("clock").str.extract(DIGITS)
        clock = pl.coalesce(_with_colons(digits.str.zfill(n_digits)), "clock")
        is_alone = absent("clock", reading.null_words)
        is_nothing = absent("day", reading.null_words) | (digits.str.len_bytes() > n_digits).fill_null(value=False)
        text = pl.when(is_alone).then("day").otherwise(pl.concat_str("day", clock, separator=" "))
        yield frame.with_columns(texts.select(pl.when(~is_nothing).then(text).alias(date)).to_series())


def _even(n: object) -> int:
    """The next even number of digits: two are an hour, four have a minute, too, and six a second."""
    return n + n % 2 if isinstance(n, int) else 0


def _days(values: pl.Series) -> pl.Series:
    if values.dtype.is_temporal():
        return values.cast(pl.Date).cast(pl.String)
    return values.cast(pl.String).str.strip_chars().str.replace(_MIDNIGHT, "").str.replace(*_YYYYMMDD)


def _clocks(values: pl.Series) -> pl.Series:
    if values.dtype.is_temporal():
        return values.dt.strftime("%T%.f")
    return values.cast(pl.String).str.strip_chars().str.replace(_DAY_ZERO, "")


def _with_colons(digits: pl.Expr) -> pl.Expr:
    return digits.str.replace(r"^(\d\d)(\d\d)", "${1}:${2}").str.replace(r"(:\d\d)(\d\d)$", "${1}:${2}")
