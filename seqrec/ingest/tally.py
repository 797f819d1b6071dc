"""Counts of interactions that add up over users, so that a dump may be counted in parts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from seqrec.datasets.canonical.times import US_PER_S
from seqrec.ingest.keys import ITEM_KEY, TIME, USER, counts_of, n_distinct, repeated

DAY_US = 86_400 * US_PER_S
RESOLUTIONS_US = {"day": DAY_US, "second": US_PER_S, "millisecond": 1_000, "microsecond": 1}
"""Units of time, the coarsest first."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of all interactions of some users."""

    n_interactions: int
    n_users: int
    n_pairs: int
    """Different pairs of user and item."""
    n_triples: int
    """Different triples of user, item and time."""
    n_moments: int
    """Different pairs of user and time."""
    lengths: Counter[int]
    """Users by the number of their interactions."""
    first_us: int
    last_us: int
    resolution: str
    """The coarsest unit that all times are whole numbers of."""


def tally(keys: pl.DataFrame) -> Tally:
    """Counts of at least one interaction, as `keys_of` gives them; users must be here whole."""
    _, n_events = counts_of(keys[USER])
    lengths, n_users = np.unique(n_events, return_counts=True)
    times = keys[TIME]
    # Triples are repeated among repeated pairs only, which are few in most dumps.
    again = repeated(keys, USER, ITEM_KEY)
    n_single = keys.height - again.height
    return Tally(
        n_interactions=keys.height,
        n_users=len(n_events),
        n_pairs=n_single + n_distinct(again, USER, ITEM_KEY),
        n_triples=n_single + n_distinct(again, USER, ITEM_KEY, TIME),
        n_moments=n_distinct(keys, USER, TIME),
        lengths=Counter(dict(zip(lengths.tolist(), n_users.tolist(), strict=True))),
        first_us=keys.select(pl.col(TIME).min()).item(),
        last_us=keys.select(pl.col(TIME).max()).item(),
        resolution=next(name for name, unit in RESOLUTIONS_US.items() if (times % unit == 0).all()),
    )


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of at least one tally, no user being in two of them."""
    parts = tuple(tallies)
    return Tally(
        n_interactions=sum(part.n_interactions for part in parts),
        n_users=sum(part.n_users for part in parts),
        n_pairs=sum(part.n_pairs for part in parts),
        n_triples=sum(part.n_triples for part in parts),
        n_moments=sum(part.n_moments for part in parts),
        lengths=sum((part.lengths for part in parts), Counter()),
        first_us=min(part.first_us for part in parts),
        last_us=max(part.last_us for part in parts),
        resolution=min((part.resolution for part in parts), key=lambda name: RESOLUTIONS_US[name]),
    )
