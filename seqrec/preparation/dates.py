"""Points in time: as a configuration gives them, as microseconds, and as ISO 8601."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

import numpy as np
from jaxtyping import Int64
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DATE_US = 31_536_000_000_000
"""1971-01-01. Data without dates have a running number or a position in place of the times, which lies before it."""


def _in_utc(raw: object) -> datetime:
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw)
        except ValueError as error:
            raise _no_moment() from error
    elif isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime.combine(raw, time())
    if not isinstance(raw, datetime):
        raise _no_moment()
    return raw.astimezone(UTC) if raw.tzinfo else raw.replace(tzinfo=UTC)


def _no_moment() -> PydanticCustomError:
    return PydanticCustomError("moment", "Input should be a date such as 2014-06-01, or one with a time of day")


Moment = Annotated[datetime, BeforeValidator(_in_utc)]
"""A date, or a date and time, in ISO 8601. A date means its first moment; without an offset, the time is UTC."""


def microseconds(moment: datetime) -> int:
    """Returns the microseconds since 1970-01-01 UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def iso(time_us: int) -> str:
    """Returns microseconds since 1970-01-01 UTC as ISO 8601."""
    return (EPOCH + timedelta(microseconds=time_us)).isoformat()


def dated(times: Int64[np.ndarray, " n_events"]) -> bool:
    """Returns whether times are dates, rather than numbers that only give an order; a few broken times do no harm."""
    return 2 * int(np.count_nonzero(times >= FIRST_DATE_US)) > len(times)
