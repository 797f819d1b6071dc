"""One pass over all interactions of a dump: what they are like, and which of them are duplicates."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from seqrec.datasets.base import Duplicates
from seqrec.ingest.duplicates import duplicates
from seqrec.ingest.keys import ITEM_KEY, counts_of
from seqrec.ingest.tally import Tally, tally, total
from seqrec.schema import POSITION


@dataclass(frozen=True, slots=True)
class Count:
    """What one pass over all interactions found."""

    tally: Tally
    """Of those that stay."""
    items: pl.Series
    """Hashes of their different items."""
    duplicates: pl.Series
    """Positions of those to set aside, ascending."""


def count(parts: Iterable[pl.DataFrame], policy: Duplicates) -> Count:
    """Counts interactions and finds those that `policy` sets aside.

    Args:
        parts: Keys of all interactions, each user's in one part, as `keys_of` gives them; none of them empty.
        policy: What to do with repeated interactions.
    """
    tallies, doubles = [], []
    items = pl.Series(dtype=pl.UInt64)
    for part in parts:
        doubles.append(duplicates(part, policy))
        kept = part.join(doubles[-1].to_frame(), on=POSITION, how="anti") if len(doubles[-1]) else part
        tallies.append(tally(kept))
        items = pl.Series(counts_of(pl.concat([items, kept[ITEM_KEY]]))[0])
    return Count(total(tallies), items, pl.concat(doubles).sort())
