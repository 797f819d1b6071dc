"""What the clocks of a time zone show, as times in UTC."""

from typing import Annotated, Final

import polars as pl
from pydantic import AfterValidator

UTC: Final = "UTC"
_DAY_US: Final = 86_400_000_000


def _check(zone: str) -> str:
    try:
        _in_utc(pl.Series([0]), zone or "none")
    except pl.exceptions.ComputeError as error:
        raise ValueError(f"{zone!r} is no time zone of the IANA database, such as 'Europe/Berlin'") from error
    return zone


TimeZone = Annotated[str, AfterValidator(_check)]
"""A time zone by its name in the IANA database."""


def in_utc(clocks: pl.Series, zone: str) -> pl.Series:
    """The times at which the clocks of a zone showed something.

    A time that clocks show twice, since they were set back, is the earlier one. One that they never show, since they
    were set forward, is read as if they had not been yet: 02:30 is then what they show as 03:30.

    Args:
        clocks: What they showed, as microseconds since 1970-01-01 if it were UTC.
        zone: The time zone.

    Returns:
        Microseconds since 1970-01-01 UTC.
    """
    times = _in_utc(clocks, zone)
    if times.null_count() == clocks.null_count():
        return times
    # No clock is set forward on two days in a row.
    return times.fill_null(_in_utc(clocks - _DAY_US, zone) + _DAY_US)


def _in_utc(clocks: pl.Series, zone: str) -> pl.Series:
    local = clocks.cast(pl.Datetime("us"))
    return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.epoch("us")
