from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.canonical.frames import TIME_US, with_time
from seqrec.datasets.canonical.time_faults import FAULTS, TIME_FAULT, time_faults
from seqrec.datasets.canonical.times import CLOCKS, EPOCHS_S, ClockUnit, Unit
from seqrec.datasets.errors import LINE
from seqrec.datasets.reading import Reading

T = 1_572_154_174
NAMES = {code: fault for fault, code in FAULTS.items()} | {0: None}


def read(
    values: pl.Series, unit: Unit | str = "auto", zone: str = "UTC"
) -> tuple[list[int | None], list[str | None], Reading]:
    reading = Reading(Path("e.csv"))
    frame = pl.DataFrame({LINE: pl.int_range(1, len(values) + 1, eager=True), "t": values})
    (timed,) = with_time(iter([frame]), reading, "t", unit, zone=zone)
    return timed[TIME_US].to_list(), [NAMES[code] for code in timed[TIME_FAULT]], reading


@pytest.mark.parametrize(
    ("odd", "fault"),
    [
        ("0", "unknown time"),
        ("-1", "unknown time"),
        ("0.0", "unknown time"),
        ("17", "unknown time"),
        ("31535999", "unknown time"),
        ("2147483647", "unknown time"),
        (str(T * 1_000), "time in another unit"),
        (str(T * 1_000_000), "time in another unit"),
        (str(T * 1_000_000_000), "time in another unit"),
        ("20191027", "time in another unit"),
        ("2019-10-27", "time in another unit"),
        ("-99999999999", "impossible time"),
        ("9999999999", "impossible time"),
        ("soon", "no readable time"),
        ("", "no readable time"),
        (None, "no readable time"),
        (str(T), None),
    ],
)
def test_faults_among_seconds(odd: str | None, fault: str | None) -> None:
    assert read(pl.Series([str(T)] * 3 + [odd]))[1] == [None, None, None, fault]


@pytest.mark.parametrize(
    ("odd", "fault"),
    [
        ("1970-01-01", "unknown time"),
        ("0000-00-00 00:00:00", "unknown time"),
        ("0", "unknown time"),
        ("9999-12-31", "impossible time"),
        (str(T), "time in another unit"),
        ("2019-13-01", "no readable time"),
    ],
)
def test_faults_among_texts(odd: str, fault: str) -> None:
    assert read(pl.Series(["2019-10-27"] * 3 + [odd]))[1] == [None, None, None, fault]


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ([0, 1, 2], [None, None, None]),
        ([1, 2, T], [None, None, "time in another unit"]),
        ([1, 2, -3], [None, None, "impossible time"]),
        ([1, 2, None], [None, None, "no readable time"]),
    ],
)
def test_faults_among_positions(values: list[int | None], faults: list[str | None]) -> None:
    times, found, reading = read(pl.Series(values, dtype=pl.Int64))
    assert found == faults
    assert times[1] == values[1] * 1_000_000
    assert not reading.has_times


@pytest.mark.parametrize("word", ["INF", "-inf", "Infinity"])
def test_infinite_numbers_are_no_times(word: str) -> None:
    assert read(pl.Series([word] * 3))[1] == ["no readable time"] * 3
    assert read(pl.Series([word, word, str(T)]))[1] == ["no readable time", "no readable time", None]


def test_times_from_the_start_of_a_dump_have_no_placeholders() -> None:
    found = time_faults(pl.Series([0, 86_400_000_000, -1, None]), None)
    assert [NAMES[code] for code in found] == [None, None, "impossible time", "no readable time"]


def counted(second: int, unit: ClockUnit) -> int:
    """Return the number that stands for a second since 1970."""
    return (second - EPOCHS_S.get(unit, 0)) * CLOCKS[unit]


@given(
    rows=st.lists(st.tuples(st.sampled_from(list(CLOCKS)), st.integers(10**9, 2 * 10**9)), min_size=1, max_size=30),
    usual=st.sampled_from(list(CLOCKS)),
    as_text=st.booleans(),
)
def test_whatever_units_are_mixed_no_time_is_read_in_a_wrong_one(
    rows: list[tuple[ClockUnit, int]], usual: ClockUnit, *, as_text: bool
) -> None:
    rows += [(usual, T)] * (len(rows) + 1)
    values = pl.Series([counted(second, unit) for unit, second in rows], dtype=pl.Int64)
    times, faults, reading = read(values.cast(pl.String) if as_text else values)
    assert reading.time_unit == usual
    for (unit, second), time, fault in zip(rows, times, faults, strict=True):
        assert fault == (None if unit == usual else "time in another unit")
        assert unit != usual or time == second * 1_000_000


@given(
    placeholders=st.lists(st.sampled_from([0, -1]) | st.integers(0, 10**6), max_size=20),
    unit=st.sampled_from(list(CLOCKS)),
)
def test_whatever_placeholders_are_mixed_in_none_is_a_time(placeholders: list[int], unit: ClockUnit) -> None:
    values = pl.Series(placeholders + [counted(T, unit)] * (len(placeholders) + 1), dtype=pl.Int64)
    assert read(values)[1] == ["unknown time"] * len(placeholders) + [None] * (len(placeholders) + 1)


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("2019-10-26 12:00:00", 2),
        ("2019-10-28 12:00", 1),
        ("2019-10-26T12:00:00Z", 0),
        ("20191026T120000+0500", 0),
        ("20191026", 2),
        ("2019", 1),
        ("43764.5", 2),
        (str(T), 0),
        (datetime(2019, 10, 26), 2),  # noqa: DTZ001 - as files have them
        (datetime(2019, 10, 26, tzinfo=UTC), 0),
    ],
)
def test_the_time_zone_is_that_of_times_without_an_offset(value: object, hours: int) -> None:
    (utc,), _, _ = read(pl.Series([value]))
    (local,), faults, reading = read(pl.Series([value]), zone="Europe/Berlin")
    assert (utc - local, faults) == (hours * 3_600_000_000, [None])
    assert reading.notes["t: no offset, so taken for Europe/Berlin"] == bool(hours)


def test_placeholders_are_known_in_any_time_zone() -> None:
    texts = pl.Series(["2019-10-27 12:00:00"] * 3 + ["2038-01-19 03:14:07", "0001-01-01 00:00:00", "soon"])
    assert read(texts, zone="Asia/Tokyo")[1] == [None] * 3 + ["unknown time", "impossible time", "no readable time"]


def test_what_was_made_of_texts_is_told() -> None:
    _, _, reading = read(pl.Series(["2019-10-27", "2019-10-27 12:00:00Z", "soon"]))
    assert dict(reading.notes) == {"t: ISO 8601 text": 3, "t: no offset, so taken for UTC": 1}
    assert reading.unread_time == (3, "soon")
