"""Times as dumps write them: numbers in some unit, or ISO 8601 text."""

from typing import Literal

import polars as pl

US_PER_S = 1_000_000
MAX_TIME_S = 4_102_444_800
"""2100-01-01 UTC. A later time is a mistake of the dump."""

Unit = Literal["s", "ms", "us", "iso"]

_US = {"s": US_PER_S, "ms": 1_000, "us": 1}
_MAX_S = 1e11
_MAX_MS = 1e14
_ISO_FORMATS = ("%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def unit_of(texts: pl.Series) -> Unit:
    """The unit of times given as text.

    Numbers below 1e11 are seconds, below 1e14 milliseconds, above it microseconds. The median decides, so
    that a few broken values do no harm. Where fewer than half of the texts are numbers, they are taken for
    ISO 8601. Seconds reach 1e11 in the year 5138; milliseconds passed it in March 1973.
    """
    numbers = texts.drop_nulls().cast(pl.Float64, strict=False)
    if numbers.null_count() * 2 > len(numbers) or not len(numbers):
        return "iso"
    median = numbers.drop_nulls().abs().median()
    assert isinstance(median, float)
    return "s" if median < _MAX_S else "ms" if median < _MAX_MS else "us"


def microseconds(column: str, unit: Unit) -> pl.Expr:
    """Microseconds since 1970-01-01 UTC of times given as text; null where they can't be read.

    ISO 8601 times without an offset are taken for UTC; a date alone is its midnight.
    """
    text = pl.col(column).str.strip_chars()
    if unit == "iso":
        return _from_iso(text)
    # Whole numbers keep every digit; fractions of a second come as floats.
    whole = text.cast(pl.Int64, strict=False)
    limit = MAX_TIME_S * US_PER_S // _US[unit]
    exact = pl.when(whole.abs() <= limit).then(whole * _US[unit]).otherwise(pl.lit(MAX_TIME_S * US_PER_S + 1))
    fraction = (text.cast(pl.Float64, strict=False) * _US[unit]).round().cast(pl.Int64, strict=False)
    return pl.when(whole.is_not_null()).then(exact).otherwise(fraction)


def _from_iso(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace(r"^(\d{4}-\d{2}-\d{2})[Tt]", "${1} ").str.replace(r"[Zz]$", "+00:00")
    # An offset may be written +02, +0200 or +02:00.
    plain = plain.str.replace(r"(:\d{2}(?:\.\d+)?) ?([+-]\d{2}):?(\d{2})?$", "${1}${2}:${3}").str.replace(r":$", ":00")
    zoned, *naive = _ISO_FORMATS
    times = [plain.str.to_datetime(zoned, time_unit="us", time_zone="UTC", strict=False).dt.epoch("us")]
    times += [plain.str.to_datetime(form, time_unit="us", strict=False).dt.epoch("us") for form in naive[:-1]]
    times.append(plain.str.to_date(naive[-1], strict=False).cast(pl.Datetime("us")).dt.epoch("us"))
    return pl.coalesce(times)
