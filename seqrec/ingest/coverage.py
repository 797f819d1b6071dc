"""How far the product table of a dump covers the items of its interactions."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from seqrec.ingest.keys import hash_of
from seqrec.schema import ITEM, TITLE


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts over the product table, and over the items of the interactions."""

    n_described: int
    """Rows of the product table."""
    n_untitled: int
    """Those without a title."""
    n_shared_titles: int
    """Those with a title that another item has too, so that no text distinguishes them."""
    n_cleaned_titles: int
    """Titles whose markup, such as tags and entities, was taken out."""
    n_interacted: int
    """Different items of the interactions."""
    n_interacted_described: int
    """Those in the product table."""
    n_interacted_titled: int
    """Those with a title."""

    @property
    def share_described(self) -> float:
        """Share of the items of the interactions that are in the product table, between 0 and 1."""
        return self.n_interacted_described / max(self.n_interacted, 1)


def coverage(items: Iterable[pa.RecordBatch], interacted: pl.Series, n_cleaned_titles: int) -> Coverage:
    """Counts over the canonical table of items; only ids and titles are needed.

    The different items of the interactions come as hashes, and titles that were cleaned as the readers counted them.
    """
    columns = (hash_of(ITEM).alias("item"), hash_of(TITLE).alias("title"), pl.col(TITLE).is_null().alias("untitled"))
    nothing = pl.DataFrame(schema={"item": pl.UInt64, "title": pl.UInt64, "untitled": pl.Boolean})
    known = pl.concat([nothing, *(pl.DataFrame(batch).select(columns) for batch in items)])
    known = known.with_columns(interacted=pl.col("item").is_in(interacted.implode()))
    titled = known.filter(~pl.col("untitled"))
    return Coverage(
        n_described=known.height,
        n_untitled=known.height - titled.height,
        n_shared_titles=int(titled["title"].is_duplicated().sum()),
        n_cleaned_titles=n_cleaned_titles,
        n_interacted=len(interacted),
        n_interacted_described=int(known["interacted"].sum()),
        n_interacted_titled=int(titled["interacted"].sum()),
    )
