"""What is known of the items: how many have metadata, titles, and titles of their own."""

from dataclasses import dataclass

import polars as pl

from seqrec.ingest.keys import hash_of
from seqrec.schema import ITEM, TITLE


@dataclass(frozen=True, slots=True)
class CatalogueFacts:
    """Counts over the product table, and how far it covers the items of the interactions."""

    n_described: int
    """Rows of the product table."""
    n_untitled: int
    """Of them, without a title."""
    n_shared_titles: int
    """Of them, with a title that another item has too: no text tells them apart."""
    n_cleaned_titles: int
    """Titles as the dump gave them that held markup, such as tags and entities; it was taken out."""
    n_interacted: int
    """Different items of the interactions."""
    n_interacted_described: int
    """Of them, those in the product table."""
    n_interacted_titled: int
    """Of them, those with a title."""


def catalogue_facts(items: pl.LazyFrame, interacted: pl.Series, n_cleaned_titles: int) -> CatalogueFacts:
    """Counts over the canonical table of items.

    Args:
        items: The columns of `schema.ITEMS`.
        interacted: Hashes of the different items of the interactions.
        n_cleaned_titles: What the reader counted.
    """
    table = items.select(
        hash_of(ITEM).alias("item"), hash_of(TITLE).alias("title"), pl.col(TITLE).is_null().alias("no")
    )
    known = table.with_columns(met=pl.col("item").is_in(interacted.implode())).collect(engine="streaming")
    titled = known.filter(~pl.col("no"))
    return CatalogueFacts(
        n_described=known.height,
        n_untitled=known.height - titled.height,
        n_shared_titles=int(titled["title"].is_duplicated().sum()),
        n_cleaned_titles=n_cleaned_titles,
        n_interacted=len(interacted),
        n_interacted_described=int(known["met"].sum()),
        n_interacted_titled=int(titled["met"].sum()),
    )
