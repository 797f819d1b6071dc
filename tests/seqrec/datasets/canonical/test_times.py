from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.canonical.time_texts import US_PER_S, usual_microseconds
from seqrec.datasets.canonical.times import (
    CLOCKS,
    MAX_TIME_S,
    Unit,
    check_unit,
    microseconds,
    unit_of,
    whole_microseconds,
)
from seqrec.errors import DataError

T = 1_365_984_000
"""2013-04-15 00:00:00 UTC."""


def us(text: str | None, unit: Unit) -> int | None:
    return microseconds(pl.Series([text], dtype=pl.String), unit).item()


@pytest.mark.parametrize(
    ("texts", "unit"),
    [
        ([str(T)], "s"),
        ([f"{T}.5", "oops", str(T)], "s"),
        (["0", "1", "2"], "order"),
        (["0.0", "17.0", "3.5"], "order"),
        (["41379.25", "41380", "41381.5"], "excel"),
        (["41379,25", "41380,75"], "excel"),
        (["41379", "41380", "41381.5"], "order"),
        (["41379.25", "7.5"], "order"),
        (["13010457600000000", "0", "13010457607000000"], "webkit"),
        (["0", "-1", "0", str(T)], "s"),
        (["0"] * 9, "s"),
        (["2014", "2015.0", "1999"], "year"),
        (list(map(str, range(1, 4_000))), "order"),
        (["20130415183007", "20130416183007"], "iso"),
        ([str(T * 1000 * US_PER_S)], "ns"),
        (["130104576000000000", "130104576070000000"], "filetime"),
        (["635015808000000000", "0", "635015808070000000"], "ticks"),
        (["700000000000000000"], "ns"),
        ([str(T * 1000)], "ms"),
        ([str(T * US_PER_S)], "us"),
        (["-1", str(T * 1000), str(T * 1000)], "ms"),
        (["20130415", "20130416", "0"], "yyyymmdd"),
        (["20130415.0"], "yyyymmdd"),
        (["20130432", "20131301", "20130415"], "order"),
        (["18991231", "21000101"], "order"),
        (list(map(str, range(20_130_400, 20_130_800))), "order"),
        (["31/12/2013", "01/02/2013"], "dmy"),
        (["12/31/2013 05:00 PM", "1/2/13"], "mdy"),
        (["01/02/2013", "03/04/2013"], None),
        (["31/12/2013", "12/31/2013"], None),
        (["2013-04-15"], "iso"),
        (["2013-04-15T00:00:00Z", "7", "x"], "iso"),
        ([], "iso"),
    ],
)
def test_unit_of(texts: list[str], unit: str | None) -> None:
    assert unit_of(pl.Series(texts, dtype=pl.String)) == unit


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        (str(T), "s", T * US_PER_S),
        (f" {T} ", "s", T * US_PER_S),
        (f"{T}.25", "s", T * US_PER_S + 250_000),
        ("1.365984e9", "s", T * US_PER_S),
        (str(T * 1000 + 7), "ms", T * US_PER_S + 7000),
        (str(T * US_PER_S + 7), "us", T * US_PER_S + 7),
        ("-1", "s", -US_PER_S),
        ("soon", "s", None),
        ("", "s", None),
        (None, "s", None),
        (f"{T},25", "s", T * US_PER_S + 250_000),
        (str(T * 1000 * US_PER_S + 7_999), "ns", T * US_PER_S + 7),
        ("130104576070000012", "filetime", (T + 7) * US_PER_S + 1),
        ("635015808070000012", "ticks", (T + 7) * US_PER_S + 1),
        ("13010457607000012", "webkit", (T + 7) * US_PER_S + 12),
        ("41379", "excel", T * US_PER_S),
        (" 41379,75 ", "excel", (T + 64_800) * US_PER_S),
        ("41379.00011574", "excel", (T + 10) * US_PER_S),
        ("soon", "excel", None),
        ("17", "order", 17 * US_PER_S),
        ("2013", "year", (T - 104 * 86_400) * US_PER_S),
        ("2013.0", "year", (T - 104 * 86_400) * US_PER_S),
        ("13", "year", None),
        ("20130415", "yyyymmdd", T * US_PER_S),
        (" 20130415.0 ", "yyyymmdd", T * US_PER_S),
        ("20130431", "yyyymmdd", None),
        ("2013041", "yyyymmdd", None),
        ("201304150", "yyyymmdd", None),
        ("2013-04-15", "iso", T * US_PER_S),
        ("2013-04-15 00:00", "iso", T * US_PER_S),
        ("2013-04-15 00:00:01", "iso", (T + 1) * US_PER_S),
        ("2013-04-15T00:00:01.5", "iso", (T + 1) * US_PER_S + 500_000),
        ("2013-04-15T00:00:01Z", "iso", (T + 1) * US_PER_S),
        ("2013-04-15T02:00:01+02:00", "iso", (T + 1) * US_PER_S),
        ("2013-04-15 02:00:01.250 +0200", "iso", (T + 1) * US_PER_S + 250_000),
        ("2013-04-14T19:00:01-05", "iso", (T + 1) * US_PER_S),
        ("2013-13-01", "iso", None),
        ("15/04/2013", "iso", None),
    ],
)
def test_microseconds(text: str | None, unit: Unit, expected: int | None) -> None:
    assert us(text, unit) == expected


@pytest.mark.parametrize("unit", [*CLOCKS, "excel", "order"])
@pytest.mark.parametrize("text", ["9223372036854775807", "-9223372036854775807", "99999999999999999999", "1e300"])
def test_what_would_overflow_is_no_possible_time(text: str, unit: Unit) -> None:
    time = us(text, unit)
    assert time is None or not 0 <= time <= MAX_TIME_S * US_PER_S


@pytest.mark.parametrize("number", [(1 << 63) - 1, -(1 << 63), -((1 << 63) - 1), MAX_TIME_S + 1, -MAX_TIME_S - 1])
def test_whole_numbers_never_overflow_into_a_possible_time(number: int) -> None:
    frame = pl.DataFrame({"t": [number, T, None]})
    times = frame.select(whole_microseconds(pl.col("t"), "s")).to_series().to_list()
    assert times == [MAX_TIME_S * US_PER_S + 1, T * US_PER_S, None]
    assert us(str(number), "s") == times[0]


def checked(values: list[object], unit: Unit) -> None:
    check_unit(
        pl.Series(values, strict=False).cast(pl.String).drop_nulls(), unit, Path("e.csv"), "when", "Set the unit."
    )


@pytest.mark.parametrize(
    ("values", "declared", "found", "expected"),
    [
        ([T * 1000], "s", "milliseconds", "seconds since 1970"),
        ([T * US_PER_S], "s", "microseconds", "seconds since 1970"),
        ([T], "ms", "seconds", "milliseconds since 1970"),
        ([T * US_PER_S], "ms", "microseconds", "milliseconds since 1970"),
        ([T * 1000], "us", "milliseconds", "microseconds since 1970"),
        ([635_015_808_000_000_000], "ns", "steps of 100 ns since the year 1", "nanoseconds since 1970"),
        ([130_104_576_000_000_000], "ns", "steps of 100 ns since 1601", "nanoseconds since 1970"),
        ([T * 1000 * US_PER_S], "ticks", "nanoseconds", "steps of 100 ns since the year 1, as .NET has them"),
        (["2013-04-15T00:00:00Z"], "s", "ISO 8601 text", "seconds since 1970"),
        ([str(T)], "iso", "seconds", "ISO 8601 text"),
        ([f"{T}.5"], "ms", "seconds", "milliseconds since 1970"),
        ([20130415, 20130416], "s", "dates such as 20190131, such as 20130415", "seconds since 1970"),
        ([T], "yyyymmdd", "seconds", "dates such as 20190131"),
        ([T], "excel", "seconds", "days since 1899-12-30, as Excel has them"),
        ([1, 2, 3], "s", "positions in an order, such as 1", "seconds since 1970"),
        ([1, 2, 3], "iso", "positions in an order, such as 1", "ISO 8601 text"),
        ([T], "order", "seconds", "positions in an order"),
        ([2013], "s", "years such as 2019, such as 2013", "seconds since 1970"),
        (["15/04/2013"], "iso", "texts with the day in front", "ISO 8601 text"),
    ],
)
def test_a_wrong_unit_is_named(values: list[object], declared: Unit, found: str, expected: str) -> None:
    with pytest.raises(DataError) as caught:
        checked(values, declared)
    assert caught.value.subject == "e.csv"
    assert f"the column 'when' that are {found}" in caught.value.got
    assert str(values[0]) in caught.value.got
    assert caught.value.expected == expected
    assert caught.value.remedy == "Set the unit."


@pytest.mark.parametrize(
    ("values", "declared"),
    [
        ([T], "s"),
        ([T * 1000], "ms"),
        ([T * US_PER_S], "us"),
        ([20130415], "yyyymmdd"),
        (["2013-04-15"], "iso"),
        ([1, 2, 3], "order"),
        ([41379.25, 41379], "excel"),
        ([2013, 2014], "year"),
        (["15/04/2013"], "dmy"),
        ([0, 0, T], "s"),
        ([0, 0, -1], "s"),
        ([T * 1000, T * 1000, T, T, None, -1], "s"),
        ([-T, -T], "s"),
        (["soon", "later"], "s"),
        ([1 << 62], "s"),
        ([None, None], "s"),
        ([], "s"),
    ],
)
def test_what_is_sensible_in_no_other_unit_passes(values: list[object], declared: Unit) -> None:
    checked(values, declared)


def test_blanks_and_nan_tell_nothing_of_the_unit() -> None:
    assert unit_of(pl.Series(["NaN"] * 60 + [""] * 60 + ["1365984000"])) == "s"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-03-05 18:30:07", datetime(2019, 3, 5, 18, 30, 7, tzinfo=UTC)),
        (" 2019-03-05 ", datetime(2019, 3, 5, tzinfo=UTC)),
        ("2020-02-29", datetime(2020, 2, 29, tzinfo=UTC)),
        ("2019-02-29", None),
        ("2019-03-05 24:00:00", None),
        ("2019-03-05T18:30:07Z", datetime(2019, 3, 5, 18, 30, 7, tzinfo=UTC)),
        ("2019-03-05 18:30:07 UTC", datetime(2019, 3, 5, 18, 30, 7, tzinfo=UTC)),
        ("March 2019", None),
        ("1551810607", None),
        ("", None),
        (None, None),
    ],
)
def test_usual_texts_are_read_as_all_others_are(text: str | None, moment: datetime | None) -> None:
    time = usual_microseconds(pl.Series([text], dtype=pl.String)).item()
    assert time == (None if moment is None else round(moment.timestamp() * US_PER_S))
    assert time == us(text, "iso")
