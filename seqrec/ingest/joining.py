"""Why the ids of the interactions and those of the product table are not the same."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from seqrec.ingest.sink import Sink, Table
from seqrec.schema import ITEM

MIN_JOINED: Final = 0.99
"""Share of the items of the interactions below which somebody looks for a reason."""
N_LOOKED_AT: Final = 10_000
"""Ids without a product that are looked at."""
MIN_EXPLAINED: Final = 0.5
"""Share of them that a reason must explain."""
_WRITTEN: Final = {
    "one side writes whole numbers with a fraction": pl.col(ITEM).str.replace(r"\.0+$", ""),
    "one side has leading zeros": pl.col(ITEM).str.replace(r"^0+(.)", "${1}"),
    "one side has blanks around its ids": pl.col(ITEM).str.strip_chars(),
    "upper and lower case differ": pl.col(ITEM).str.to_lowercase(),
    "one side has quotation marks around its ids": pl.col(ITEM).str.strip_chars("\"'"),
}
"""Ways to write ids alike, by the reason why they are not."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An id of each side that the other side lacks."""

    interacted: str
    """An item of the interactions."""
    described: str
    """An item of the product table: the same one, where there is a reason."""
    reason: str | None
    """Why they differ; None if it is none of the usual ones."""


def mismatch(sink: Sink) -> Mismatch | None:
    """An item of the interactions that the product table lacks, one that only it has, and why they differ.

    None where the product table has all items, or no item of its own.
    """
    described, interacted = _ids(sink, "items"), _ids(sink, "interactions")
    alone = interacted.join(described, on=ITEM, how="anti").sort(ITEM).head(N_LOOKED_AT)
    others = described.join(interacted, on=ITEM, how="anti").sort(ITEM)
    if not alone.height or not others.height:
        return None
    for reason, alike in _WRITTEN.items():
        pairs = alone.with_columns(alike.alias("alike")).join(others.with_columns(alike.alias("alike")), on="alike")
        if pairs[ITEM].n_unique() >= MIN_EXPLAINED * alone.height:
            return Mismatch(pairs[ITEM][0], pairs[f"{ITEM}_right"][0], reason)
    return Mismatch(alone[ITEM][0], others[ITEM][0], None)


def _ids(sink: Sink, table: Table) -> pl.DataFrame:
    """The different items of a table."""
    ids = pl.DataFrame(schema={ITEM: pl.String})
    for batch in sink.read(table, (ITEM,)):
        ids = pl.concat([ids, pl.DataFrame(batch)]).unique()
    return ids
