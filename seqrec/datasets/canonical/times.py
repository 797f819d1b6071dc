"""Times as dumps write them: numbers in some unit, texts, or no more than an order."""

from pathlib import Path
from typing import Final, Literal

import polars as pl

from seqrec.datasets.canonical.time_texts import US_PER_S, day_order, text_microseconds
from seqrec.errors import DataError

MAX_TIME_S = 4_102_444_800  # 2100-01-01 UTC; a later time is a mistake of the dump
MIN_TIME_S = 365 * 86_400  # 1971-01-01 UTC; what lies before is more often a placeholder or a small number than a date

Unit = Literal[
    "s", "ms", "us", "ns", "webkit", "filetime", "ticks", "excel", "yyyymmdd", "year", "iso", "dmy", "mdy", "order"
]
ClockUnit = Literal["s", "ms", "us", "ns", "webkit", "filetime", "ticks"]

NAMES: Final[dict[Unit, str]] = {
    "s": "seconds since 1970",
    "ms": "milliseconds since 1970",
    "us": "microseconds since 1970",
    "ns": "nanoseconds since 1970",
    "webkit": "microseconds since 1601, as browsers have them",
    "filetime": "steps of 100 ns since 1601, as Windows has them",
    "ticks": "steps of 100 ns since the year 1, as .NET has them",
    "yyyymmdd": "dates such as 20190131",
    "year": "years such as 2019",
    "iso": "ISO 8601 text",
    "dmy": "texts with the day in front",
    "mdy": "texts with the month in front",
    "order": "positions in an order",
    # Whole numbers may be both.
    "excel": "days since 1899-12-30, as Excel has them",
}
CLOCKS: Final[dict[ClockUnit, int]] = {
    "s": 1,
    "ms": 1_000,
    "us": 1_000_000,
    "ns": 1_000_000_000,
    "webkit": 1_000_000,
    "filetime": 10_000_000,
    "ticks": 10_000_000,
}
"""Units of time that are counted from some moment, and how many of each make a second."""
EPOCHS_S: Final[dict[ClockUnit, int]] = {
    "webkit": -11_644_473_600,
    "filetime": -11_644_473_600,
    "ticks": -62_135_596_800,
}
"""The moments from which they are counted, in seconds since 1970, if that is not 1970."""
LOCAL_UNITS: Final[tuple[Unit, ...]] = ("yyyymmdd", "year", "excel")
"""Units of numbers that stand for what a calendar and a clock show, in whatever time zone."""
SENSIBLE_S: Final = (631_152_000, MAX_TIME_S)  # 1990 to 2100, where the times of interactions lie
_MAX: Final[dict[ClockUnit, float]] = {"s": 1e11, "ms": 1e14, "us": 1e17, "ns": float("inf")}
_OTHERS: Final[dict[ClockUnit, tuple[ClockUnit, ...]]] = {"us": ("webkit",), "ns": ("filetime", "ticks")}
"""Units of numbers as large, counted from another moment."""
MIN_NS_S: Final = 662_688_000  # 1991-01-01 UTC; what lies before it in nanoseconds is a time in steps of 100 ns
_DECIMAL_COMMA: Final = (r"^([+-]?\d+),(\d+)$", "${1}.${2}")
_BEGINS_WITH_YEAR: Final = r"^(?:199|20\d)\d"
_PLACEHOLDERS: Final = (0.0, -1.0)
_EXCEL_EPOCH_MS: Final = -2_209_161_600_000
_DAY_MS: Final = 86_400_000


def unit_of(texts: pl.Series) -> Unit | None:
    """The unit of times given as text; the median decides, so that a few broken values do no harm.

    Numbers that read as dates from 1990 to 2099, such as 20190131 or 20190131183007, are dates; as seconds they would
    all lie in the summer of 1970. Numbers from 1990 to 2099 are years, and other numbers that would lie in 1970 in
    every unit are positions in an order; but most of them with fractions, and all from 1990 to 2099 as Excel counts
    days, they are such days. Other numbers below 1e11 are seconds (until the year 5138), below 1e14
    milliseconds (from March 1973 on), below 1e17 microseconds, unless only those since 1601 are sensible, above it
    nanoseconds, unless they lie before 1991 then and are sensible in steps of 100 ns since 1601 or the year 1. Where
    fewer than half of the texts are numbers, they are taken for text. Blanks, NaN, 0 and -1 are ignored.

    Returns:
        The unit; None for texts such as 01/02/2019 if none of them shows which number is the day.
    """
    present = texts.drop_nulls().str.strip_chars().str.replace(*_DECIMAL_COMMA)
    present = present.filter(~present.str.to_lowercase().is_in(["", "nan"]))
    numbers = present.cast(pl.Float64, strict=False)
    if numbers.null_count() * 2 > len(numbers) or not len(numbers):
        return day_order(present)
    is_telling = numbers.is_finite().fill_null(value=False) & ~numbers.is_in(_PLACEHOLDERS)
    if not is_telling.any():
        return "s"
    telling, numbers = present.filter(is_telling), numbers.filter(is_telling)
    if 2 * int(telling.str.contains(_BEGINS_WITH_YEAR).sum()) > len(telling):
        for unit in ("yyyymmdd", "year", "iso"):
            if most_sensible(telling, unit):
                return unit
    median = numbers.abs().median()
    assert isinstance(median, float)
    if median < MIN_TIME_S:
        return "excel" if _are_days(telling, numbers) else "order"
    unit = next(unit for unit, limit in _MAX.items() if median < limit)
    others = () if unit == "ns" and median >= MIN_NS_S * CLOCKS["ns"] else _OTHERS.get(unit, ())
    return next((other for other in others if most_sensible(telling, other)), unit)


def microseconds(texts: pl.Series, unit: Unit) -> pl.Series:
    """Microseconds since 1970-01-01 UTC of times given as text; null where they can't be read.

    Texts without an offset are taken for UTC, and so are days as Excel counts them, with 1900 as the first year and
    milliseconds as the finest fraction; a date alone is its midnight, and a year its first one. A position in an order
    is that many seconds.
    """
    if unit in ("iso", "dmy", "mdy"):
        return text_microseconds(texts, unit)
    if unit == "excel":
        days = texts.str.strip_chars().str.replace(*_DECIMAL_COMMA).cast(pl.Float64, strict=False)
        ms = ((days * _DAY_MS).round() + _EXCEL_EPOCH_MS) * (US_PER_S // 1_000)
        return ms.cast(pl.Int64, strict=False)
    frame, text, clock = texts.alias("text").to_frame(), pl.col("text").str.strip_chars(), clock_of(unit)
    if clock is None:
        # Parquet may hold them as floats.
        digits = text.str.extract(rf"^(\d{{{len('yyyy' if unit == 'year' else unit)}}})(?:\.0)?$")
        day = digits if unit == "yyyymmdd" else digits + "0101"
        return frame.select(day.str.to_date("%Y%m%d", strict=False).cast(pl.Datetime("us")).dt.epoch("us")).to_series()
    for written in (pl.col("text"), text):  # Most numbers have no blanks around them, which take long to look for.
        whole = frame.select(whole_microseconds(written.cast(pl.Int64, strict=False), clock)).to_series()
        if whole.null_count() == texts.null_count():
            return whole
    # Whole numbers keep every digit; fractions of a second come as floats, some with a comma.
    number = text.str.replace(*_DECIMAL_COMMA).cast(pl.Float64, strict=False)
    fraction = (number * (US_PER_S / CLOCKS[clock])).round().cast(pl.Int64, strict=False) + _epoch_us(clock)
    return frame.select(pl.coalesce(whole, fraction)).to_series()


def clock_of(unit: Unit) -> ClockUnit | None:
    """The unit of numbers that are counted, as positions in an order are by seconds; None for others."""
    if unit == "order":
        return "s"
    return next((clock for clock in CLOCKS if clock == unit), None)


def whole_microseconds(number: pl.Expr, unit: ClockUnit) -> pl.Expr:
    """Microseconds since 1970-01-01 UTC of whole numbers; what is out of all bounds becomes a time after 2100."""
    per_s = CLOCKS[unit]
    start, limit = -EPOCHS_S.get(unit, 0) * per_s, MAX_TIME_S * per_s
    exact = number * (US_PER_S // per_s) if per_s <= US_PER_S else number // (per_s // US_PER_S)
    is_near = number.is_between(start - limit, start + limit)
    beyond = pl.lit(MAX_TIME_S * US_PER_S + 1)
    return pl.when(number.is_not_null()).then(pl.when(is_near).then(exact + _epoch_us(unit)).otherwise(beyond))


def _epoch_us(unit: ClockUnit) -> int:
    return EPOCHS_S.get(unit, 0) * US_PER_S


def check_unit(texts: pl.Series, unit: Unit, file: Path, column: str, remedy: str) -> None:
    """Refuse times if most are impossible in their declared unit and sensible in another one.

    Possible are the years 1971 to 2100, sensible are 1990 to 2100. What is sensible in no unit passes in any; 0 and -1
    tell nothing.

    Raises:
        DataError: Most of the `texts`, none of them null, are in another unit.
    """
    telling = texts.filter(~texts.cast(pl.Float64, strict=False).is_in(_PLACEHOLDERS).fill_null(value=False))
    others = (other for other in NAMES if other != unit and most_sensible(telling, other))
    if not _most_possible(telling, unit) and (found := next(others, None)) is not None:
        got = f"times in the column '{column}' that are {NAMES[found]}, such as {telling[0]}"
        raise DataError(str(file), got=got, expected=NAMES[unit], remedy=remedy)


def most_sensible(texts: pl.Series, unit: Unit) -> bool:
    """Whether more than half of the times lie from 1990 to 2100 if they are in `unit`; or are positions."""
    return _most_positions(texts) if unit == "order" else _most_within(texts, unit, SENSIBLE_S)


def _most_possible(texts: pl.Series, unit: Unit) -> bool:
    if unit == "order":
        return _most_positions(texts)
    return _most_within(texts, unit, (MIN_NS_S if unit == "ns" else MIN_TIME_S, MAX_TIME_S))


def _are_days(texts: pl.Series, numbers: pl.Series) -> bool:
    """Whether numbers are days as Excel counts them rather than positions."""
    first, last = (bound * US_PER_S for bound in SENSIBLE_S)
    has_clocks = 2 * int((numbers != numbers.round()).sum()) > len(numbers)
    return has_clocks and bool(microseconds(texts, "excel").is_between(first, last).all())


def _most_positions(texts: pl.Series) -> bool:
    numbers = texts.cast(pl.Float64, strict=False)
    return 2 * int(numbers.is_between(0, MIN_TIME_S).sum()) > len(texts)


def _most_within(texts: pl.Series, unit: Unit, bounds_s: tuple[int, int]) -> bool:
    first, last = (bound * US_PER_S for bound in bounds_s)
    return 2 * int(microseconds(texts, unit).is_between(first, last).sum()) > len(texts)
