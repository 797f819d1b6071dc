"""The order of a user's events, and the rule for events of the same time."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import polars as pl
from jaxtyping import Int32, Int64

from seqrec.digest import generator_from
from seqrec.preparation.events import Events, tally

Ties = Literal["random", "file"]

BLOCK_EVENTS = 1 << 20
"""The number of events that are sorted at a time; the events of one user are never divided."""


def chronological(events: Events, ties: Ties, seed: int) -> Events:
    """Sorts events by user, then time; equal times of one user follow the rule `ties`.

    `random` shuffles them with a seed, and the result does not depend on the order of rows. Dumps are often sorted
    by item id, so rows follow product lines, which a model can learn (87.6 % of Beauty users have days with
    several reviews). `file` keeps the order of the dump.
    """
    rows = _by_user(events.users)
    draws = generator_from("ties", seed)
    n_runs = 0
    for block in _whole_users(events.users):
        part = events.take(rows[block])
        if ties == "file":
            order = _sorted(part, part.positions)
        else:
            order = _sorted(part, part.items)
            runs = _runs(part.take(order)) + n_runs
            n_runs = int(runs[-1]) + 1
            # Every group of equal user and time is shuffled within itself.
            order = order[np.argsort(runs + draws.random(len(runs)), kind="stable")]
        rows[block] = rows[block][order]
    return events.take(rows)


def _by_user(users: Int32[np.ndarray, " n_events"]) -> Int64[np.ndarray, " n_events"]:
    """Returns the rows sorted by user, and by row for equal users.

    Sorting row and user packed into one number is several times faster than an indirect sort of the users.
    """
    keys = users.astype(np.int64)
    keys <<= 32
    keys |= np.arange(len(users), dtype=np.uint32)
    keys.sort()
    keys &= 0xFFFF_FFFF
    return keys


def _whole_users(users: Int32[np.ndarray, " n_events"]) -> Iterator[slice]:
    """Yields blocks of the rows, sorted by user, that hold all events of their users."""
    ends = np.cumsum(tally(users, int(users.max(initial=-1)) + 1))
    start = 0
    while start < len(users):
        stop = int(ends[np.searchsorted(ends, min(start + BLOCK_EVENTS, len(users)))])
        yield slice(start, stop)
        start = stop


def _sorted(events: Events, rank: Int32[np.ndarray, " n"] | Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """Returns the stable order by user, time and `rank`."""
    columns = pl.DataFrame({"user": events.users, "time": events.times, "rank": rank})
    order = columns.select(pl.arg_sort_by("user", "time", "rank", maintain_order=True)).to_series()
    return order.cast(pl.Int64).to_numpy()


def _runs(events: Events) -> Int64[np.ndarray, " n_events"]:
    """Returns for each of the ordered events the number of its group of equal user and time, from 0."""
    differs = (np.diff(events.users) != 0) | (np.diff(events.times) != 0)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(differs)])
