"""Users and items with an absurd share of the interactions: often what a program writes where there is no id."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from seqrec.ingest.counts import Counted
from seqrec.ingest.keys import USER, counts_of, hash_of
from seqrec.ingest.sink import Sink
from seqrec.schema import ITEM
from seqrec.schema import USER as USER_ID

MIN_SHARES: Final = {"user": 0.01, "item": 0.05}
"""Share of all interactions from which on one user, or one item, is absurd. Popular items have large ones."""
MIN_TIMES: Final = 10
"""How many times as many interactions it must have as 95 % of the others."""


@dataclass(frozen=True, slots=True)
class Dominant:
    """A user or an item with an absurd share of the interactions."""

    kind: Literal["user", "item"]
    id: str
    n_interactions: int


def dominants(sink: Sink, counted: Counted) -> Iterator[Dominant]:
    """The user and the item with the most interactions, where their share is absurd."""
    n_all, lengths = counted.counts.n_interactions, counted.counts.lengths
    if _is_absurd(lengths, n_all, MIN_SHARES["user"]):
        most = max(lengths)
        tops = (counts_of(part[USER]).filter(pl.col("len") == most)["value"] for part in sink.keys())  # noqa: SIM118 - no mapping
        user = next(top[0] for top in tops if len(top))
        yield Dominant("user", _id_of(sink, USER_ID, user), most)
    items = counted.items
    if _is_absurd(Counter(items["len"].to_list()), n_all, MIN_SHARES["item"]):
        item, most = items.sort("len").row(-1)
        yield Dominant("item", _id_of(sink, ITEM, item), most)


def _is_absurd(lengths: Counter[int], n_all: int, min_share: float) -> bool:
    most, n_covered = max(lengths), 0
    for length in sorted(lengths):
        n_covered += lengths[length]
        if n_covered >= 0.95 * lengths.total():
            return most >= min_share * n_all and most >= MIN_TIMES * length
    return False


def _id_of(sink: Sink, column: str, wanted: int) -> str:
    frames = (pl.DataFrame(batch).filter(hash_of(column) == wanted) for batch in sink.read("interactions", (column,)))
    return str(next(frame[column][0] for frame in frames if frame.height))
