"""The order of a user's events, and the rule where the clock does not tell it."""

from typing import Literal

import numpy as np
from jaxtyping import Int64

from seqrec.digest import generator_from
from seqrec.prepare.events import Events

Ties = Literal["random", "file"]


def chronological(events: Events, ties: Ties, seed: int) -> Events:
    """Events by user, then time; among equal times of one user, by the rule `ties`.

    `random` shuffles them, seeded, and gives the same whatever the order of rows: dumps are often sorted by
    item id, so the order of rows is that of product lines, which a model can learn (87.6 % of Beauty users
    have days with several reviews). `file` keeps the order of the dump.
    """
    if ties == "file":
        return events.take(np.lexsort((events.positions, events.times, events.users)))
    by_item = events.take(np.lexsort((events.items, events.times, events.users)))
    return by_item.take(_shuffled_ties(by_item, seed))


def _shuffled_ties(events: Events, seed: int) -> Int64[np.ndarray, " n_events"]:
    """Row order that shuffles every run of rows with equal user and time."""
    differs = (np.diff(events.users) != 0) | (np.diff(events.times) != 0)
    runs = np.concatenate([np.zeros(1, np.int64), np.cumsum(differs)])
    return np.argsort(runs + generator_from("ties", seed).random(len(events)), kind="stable")
