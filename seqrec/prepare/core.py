"""The iterated p-core: no user and no item with too few interactions."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int32, Int64

from seqrec.errors import DataError
from seqrec.prepare.events import Events
from seqrec.prepare.protocol import Core


@dataclass(frozen=True, slots=True)
class CoreRows:
    """What the filter leaves."""

    rows: Int64[np.ndarray, " n_kept"]
    """Places of the events that stay, ascending."""
    passes: int
    """Rounds of users, then items, until nothing more had to go; the last, idle one included, 0 when off."""


def core_rows(events: Events, core: Core) -> CoreRows:
    """The largest set of events in which every user and every item has as many as `core` asks for.

    Repeats of a user and item count, as in the code of Harte et al. (2023) and in the published 5-core dumps.
    The largest such set is unique, so the order of rows, and that of users before items, change nothing but
    `passes`.

    Raises:
        DataError: Nothing is left.
    """
    rows = np.arange(len(events), dtype=np.int64)
    passes = 0
    n_before = len(rows) + 1
    while (core.users or core.items) and len(rows) < n_before:
        n_before = len(rows)
        passes += 1
        for codes, least in ((events.users, core.users), (events.items, core.items)):
            if least:
                rows = rows[_frequent(codes[rows], least)]
        if not len(rows):
            break
    if not len(rows):
        raise _nothing_left(len(events), core, passes)
    return CoreRows(rows, passes)


def _frequent(codes: Int32[np.ndarray, " n"], least: int) -> Bool[np.ndarray, " n"]:
    return np.take(np.bincount(codes) >= least, codes)


def _nothing_left(n_rows: int, core: Core, passes: int) -> DataError:
    return DataError(
        "protocol.core",
        got=f"none of {n_rows:,} interactions left after pass {passes} of the {core.users}-core of users and "
        f"{core.items}-core of items",
        expected="some users and items with that many interactions",
        remedy="Lower protocol.core.users or protocol.core.items (0 turns a side off), or use a larger dump.",
    )
