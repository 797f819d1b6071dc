"""Times as dumps write them: numbers in some unit, or ISO 8601 text."""

from pathlib import Path
from typing import Final, Literal

import polars as pl

from seqrec.errors import DataError

US_PER_S = 1_000_000
MAX_TIME_S = 4_102_444_800  # 2100-01-01 UTC; a later time is a mistake of the dump

Unit = Literal["s", "ms", "us", "yyyymmdd", "iso"]

_US = {"s": US_PER_S, "ms": 1_000, "us": 1}
_NAMES: Final[dict[Unit, str]] = {
    "s": "seconds since 1970",
    "ms": "milliseconds since 1970",
    "us": "microseconds since 1970",
    "yyyymmdd": "dates such as 20190131",
    "iso": "ISO 8601 text",
}
_POSSIBLE_S = (365 * 86_400, MAX_TIME_S)  # 1971 to 2100; what lies before is more often a small number than a date
_SENSIBLE_S = (631_152_000, MAX_TIME_S)  # 1990 to 2100, where the times of interactions lie
_MAX_S, _MAX_MS = 1e11, 1e14
_ISO_FORMATS = ("%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def unit_of(texts: pl.Series) -> Unit:
    """The unit of times given as text; the median decides, so that a few broken values do no harm.

    Numbers that read as dates from 1990 to 2099, such as 20190131, are dates; as seconds they would all lie in the
    summer of 1970. Other numbers below 1e11 are seconds (until the year 5138), below 1e14 milliseconds (from March
    1973 on), above it microseconds. Where fewer than half of the texts are numbers, they are taken for ISO 8601.
    Blanks and NaN are ignored.
    """
    present = texts.drop_nulls().str.strip_chars()
    present = present.filter(~present.str.to_lowercase().is_in(["", "nan"]))
    numbers = present.cast(pl.Float64, strict=False)
    if numbers.null_count() * 2 > len(numbers) or not len(numbers):
        return "iso"
    if _most_within(present.filter(numbers.is_not_null()), "yyyymmdd", _SENSIBLE_S):
        return "yyyymmdd"
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
    if unit == "yyyymmdd":
        # Parquet may hold them as floats.
        return _midnight(text.str.extract(r"^(\d{8})(?:\.0)?$"), "%Y%m%d")
    # Whole numbers keep every digit; fractions of a second come as floats.
    whole = text.cast(pl.Int64, strict=False)
    fraction = (text.cast(pl.Float64, strict=False) * _US[unit]).round().cast(pl.Int64, strict=False)
    return pl.coalesce(whole_microseconds(whole, unit), fraction)


def usual_microseconds(column: str) -> pl.Expr:
    """The same of texts such as `2019-03-05 18:30:07` or `2019-03-05`, in a hundredth of the time; null for others."""
    text = pl.col(column).str.strip_chars()
    second, day = (text.str.to_datetime(form, time_unit="us", strict=False) for form in ("%F %T", "%F"))
    return pl.coalesce(second, day).dt.epoch("us")


def whole_microseconds(number: pl.Expr, unit: Literal["s", "ms", "us"]) -> pl.Expr:
    """Microseconds since 1970-01-01 UTC of whole numbers; what is out of all bounds becomes a time after 2100."""
    limit = MAX_TIME_S * US_PER_S // _US[unit]
    beyond = pl.lit(MAX_TIME_S * US_PER_S + 1)
    exact = pl.when(number.is_between(-limit, limit)).then(number * _US[unit]).otherwise(beyond)
    return pl.when(number.is_not_null()).then(exact)


def check_unit(texts: pl.Series, unit: Unit, file: Path, column: str, remedy: str) -> None:
    """Refuse times if most are impossible in their declared unit and sensible in another one.

    Possible are the years 1971 to 2100, sensible are 1990 to 2100. Small numbers, such as a running one, are
    sensible in no unit, and so pass in any.

    Raises:
        DataError: Most of the `texts`, none of them null, are in another unit.
    """
    others = (other for other in _NAMES if other != unit and _most_within(texts, other, _SENSIBLE_S))
    if not _most_within(texts, unit, _POSSIBLE_S) and (found := next(others, None)) is not None:
        got = f"times in the column '{column}' that are {_NAMES[found]}, such as {texts[0]}"
        raise DataError(str(file), got=got, expected=_NAMES[unit], remedy=remedy)


def _most_within(texts: pl.Series, unit: Unit, bounds_s: tuple[int, int]) -> bool:
    """Whether more than half of the times lie within `bounds_s` if they are in `unit`."""
    times = texts.to_frame("time").select(microseconds("time", unit)).to_series()
    first, last = (bound * US_PER_S for bound in bounds_s)
    return 2 * int(times.is_between(first, last).sum()) > len(times)


def _from_iso(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace(r"^(\d{4}-\d{2}-\d{2})[Tt]", "${1} ").str.replace(r"[Zz]$", "+00:00")
    # An offset may be written +02, +0200 or +02:00.
    plain = plain.str.replace(r"(:\d{2}(?:\.\d+)?) ?([+-]\d{2}):?(\d{2})?$", "${1}${2}:${3}").str.replace(r":$", ":00")
    zoned, *naive = _ISO_FORMATS
    times = [plain.str.to_datetime(zoned, time_unit="us", time_zone="UTC", strict=False).dt.epoch("us")]
    times += [plain.str.to_datetime(form, time_unit="us", strict=False).dt.epoch("us") for form in naive[:-1]]
    return pl.coalesce(*times, _midnight(plain, naive[-1]))


def _midnight(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_date(form, strict=False).cast(pl.Datetime("us")).dt.epoch("us")
