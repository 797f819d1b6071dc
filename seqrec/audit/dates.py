"""The dates: whether the times of a dump are times at all."""

from typing import Final, Literal

import numpy as np
import polars as pl

from seqrec.preparation.dates import dated
from seqrec.preparation.events import Events

Order = Literal["dates", "running number", "within users"]
"""What stands for the times: dates; a number that runs over all events; or numbers that order only the events of each
user, such as positions in the history or the lines of a file that lists user after user."""

MOST: Final = 0.5
"""The share of users from which on numbers are taken to order each user's events only."""


def order_of(events: Events) -> Order:
    """Returns what stands for the times of `events`."""
    if dated(events.times):
        return "dates"
    frame = pl.DataFrame({"user": events.users, "time": events.times})
    spans = frame.group_by("user").agg(first=pl.col("time").min(), last=pl.col("time").max()).sort("first", "last")
    first, last = spans["first"].to_numpy(), spans["last"].to_numpy()
    starts_alike = float((first == first[0]).mean())
    one_by_one = float((first[1:] > np.maximum.accumulate(last)[:-1]).mean()) if len(first) > 1 else 1.0
    return "within users" if max(starts_alike, one_by_one) > MOST else "running number"
