"""The iterated p-core: a filter of users and items with too few interactions."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int32, Int64

from seqrec.errors import DataError
from seqrec.preparation.events import Events, tally
from seqrec.preparation.protocol import Core


@dataclass(frozen=True, slots=True)
class CoreRows:
    """The result of the filter."""

    rows: Int64[np.ndarray, " n_kept"]
    """The places of the events that stay, ascending."""
    passes: int
    """Passes over users, then items, including the last one, which removed nothing; 0 if the filter is off."""


def core_rows(events: Events, core: Core) -> CoreRows:
    """Returns the largest set of events in which every user and every item has at least as many as `core` requires.

    Repeated pairs of user and item count, as in the code of Harte et al. (2023) and in the published 5-core dumps.
    The largest such set is unique, so the order of rows and the order of users before items affect `passes` only.

    Raises:
        DataError: Nothing is left.
    """
    kept = np.ones(len(events), bool)
    users, items = _Side(events.users, core.users), _Side(events.items, core.items)
    passes, n_left, n_before = 0, len(events), len(events) + 1
    while (core.users or core.items) and 0 < n_left < n_before:
        n_before = n_left
        passes += 1
        for side in (users, items):
            gone = side.rare(kept)
            kept[gone] = False
            users.forget(gone)
            items.forget(gone)
            n_left -= len(gone)
    if not n_left:
        raise _nothing_left(len(events), core, passes)
    return CoreRows(np.flatnonzero(kept), passes)


class _Side:
    """The remaining number of events of each user, or of each item."""

    def __init__(self, codes: Int32[np.ndarray, " n_events"], least: int) -> None:
        self._codes = codes
        self._least = least
        self._counts = tally(codes, int(codes.max(initial=-1)) + 1)

    def rare(self, kept: Bool[np.ndarray, " n_events"]) -> Int64[np.ndarray, " n_rare"]:
        """Returns the places of the kept events whose user or item has too few."""
        return np.flatnonzero(kept & (self._counts < self._least)[self._codes])

    def forget(self, rows: Int64[np.ndarray, " n_gone"]) -> None:
        """Stops counting the events `rows`."""
        np.subtract.at(self._counts, self._codes[rows], 1)


def _nothing_left(n_rows: int, core: Core, passes: int) -> DataError:
    return DataError(
        "protocol.core",
        got=f"none of {n_rows:,} interactions left after pass {passes} of the {core.users}-core of users and "
        f"{core.items}-core of items",
        expected="at least some users and items with that many interactions",
        remedy="Lower protocol.core.users or protocol.core.items (0 turns one off), or use a larger dump.",
    )
