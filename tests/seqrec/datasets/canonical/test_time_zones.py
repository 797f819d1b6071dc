from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from seqrec.datasets.canonical.time_zones import UTC, TimeZone, in_utc

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock shows


def shown(text: str | None, zone: str) -> str | None:
    """Return the time in UTC at which clocks show `text`."""
    clocks = pl.Series([text], dtype=pl.String).str.to_datetime("%F %T", time_unit="us").dt.epoch("us")
    return in_utc(clocks, zone).cast(pl.Datetime("us")).dt.strftime("%F %T").item()


@pytest.mark.parametrize(
    ("clock", "zone", "utc"),
    [
        ("2025-01-15 12:00:00", "Europe/Berlin", "2025-01-15 11:00:00"),
        ("2025-07-15 12:00:00", "Europe/Berlin", "2025-07-15 10:00:00"),
        ("2025-07-15 12:00:00", "America/New_York", "2025-07-15 16:00:00"),
        ("2025-07-15 12:00:00", "Asia/Kolkata", "2025-07-15 06:30:00"),
        ("2025-07-15 12:00:00", UTC, "2025-07-15 12:00:00"),
        # Shown twice: the earlier one. Never shown: by the clock before.
        ("2025-10-26 02:30:00", "Europe/Berlin", "2025-10-26 00:30:00"),
        ("2025-03-30 02:30:00", "Europe/Berlin", "2025-03-30 01:30:00"),
        ("2011-12-30 12:00:00", "Pacific/Apia", "2011-12-30 22:00:00"),
        (None, "Europe/Berlin", None),
    ],
)
def test_known_answers(clock: str | None, zone: str, utc: str | None) -> None:
    assert shown(clock, zone) == utc


@given(
    clock=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001 - what a clock shows
    zone=st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"]),
)
def test_python_agrees(clock: datetime, zone: str) -> None:
    clock = clock.replace(microsecond=0)
    expected = clock - clock.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset()
    found = in_utc(pl.Series([(clock - EPOCH) // timedelta(microseconds=1)]), zone).item()
    assert EPOCH + timedelta(microseconds=found) == expected


@pytest.mark.parametrize("zone", ["Mars/Base", "europe/berlin", ""])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="no time zone of the IANA database"):
        TypeAdapter(TimeZone).validate_python(zone)
