from datetime import date, datetime, time
from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.canonical.times_of_day import with_times_of_day
from seqrec.datasets.reading import Reading


def joined(days: list[object], clocks: list[object]) -> list[str | None]:
    frame = pl.DataFrame({"day": days, "clock": clocks}, strict=False)
    reading = Reading(Path("e.csv"), null_words=("null",))
    (found,) = with_times_of_day(iter([frame]), reading, "day", "clock")
    return found["day"].to_list()


@pytest.mark.parametrize(
    ("day", "clock", "text"),
    [
        ("31.01.2019", "18:30", "31.01.2019 18:30"),
        ("2019-01-31", "6:30 PM", "2019-01-31 6:30 PM"),
        ("20190131", "183007", "2019-01-31 18:30:07"),
        (20190131.0, 183007.0, "2019-01-31 18:30:07"),
        (20190131, 1830, "2019-01-31 18:30"),
        (20190131, 18, "2019-01-31 18"),
        (date(2019, 1, 31), time(18, 30, 7), "2019-01-31 18:30:07"),
        (date(2019, 1, 31), time(18, 30, 7, 250_000), "2019-01-31 18:30:07.250"),
        (datetime(2019, 1, 31), datetime(1900, 1, 1, 18, 30), "2019-01-31 18:30:00"),  # noqa: DTZ001 - as in files
        ("2019-01-31 00:00:00.000", "1900-01-01 18:30:00.000", "2019-01-31 18:30:00.000"),
        (" 2019-01-31T00:00 ", " 18:30 ", "2019-01-31 18:30"),
        ("2019-01-31", "", "2019-01-31"),
        ("2019-01-31", None, "2019-01-31"),
        (20190131, "NULL", "2019-01-31"),
        ("", "18:30", None),
        (None, "18:30", None),
        ("null", "18:30", None),
        ("2019-01-31 12:00", "18:30", "2019-01-31 12:00 18:30"),
        ("2019-01-31", "noon", "2019-01-31 noon"),
    ],
)
def test_a_date_and_a_time_of_day_are_one_text(day: object, clock: object, text: str | None) -> None:
    assert joined([day], [clock]) == [text]


@pytest.mark.parametrize(
    ("clocks", "texts"),
    [
        ([183007, 93007, 7], ["18:30:07", "09:30:07", "00:00:07"]),
        ([1830, 930, 7], ["18:30", "09:30", "00:07"]),
        ([18, 9], ["18", "09"]),
    ],
)
def test_leading_zeros_may_be_absent(clocks: list[object], texts: list[str]) -> None:
    assert joined(["2019-01-31"] * len(clocks), clocks) == [f"2019-01-31 {text}" for text in texts]


def test_the_first_digits_decide_for_the_whole_file() -> None:
    frames = [pl.DataFrame({"day": "2019-01-31", "clock": clocks}) for clocks in (["1830"], ["93007", "930"])]
    found = [*with_times_of_day(iter(frames), Reading(Path("e.csv")), "day", "clock")]
    assert [frame["day"].to_list() for frame in found] == [["2019-01-31 18:30"], [None, "2019-01-31 09:30"]]
