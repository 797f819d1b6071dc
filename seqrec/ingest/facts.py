"""What a quality report states of rows, interactions and items."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa

from seqrec.ingest.counts import Counts
from seqrec.ingest.keys import hash_of
from seqrec.schema import ITEM, TITLE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rows:
    """Where every record of the dump went: what was read was kept or set aside."""

    n_read: int
    """Records of all files."""
    n_interactions: int
    """Kept."""
    n_items: int
    """Kept, of the product table."""
    set_aside: Mapping[str, int]
    """By reason, the most frequent first."""

    def __post_init__(self) -> None:
        n_set_aside = sum(self.set_aside.values())
        assert self.n_read == self.n_interactions + self.n_items + n_set_aside, (
            f"{self.n_read} rows read, but {self.n_interactions} interactions and {self.n_items} items kept and "
            f"{n_set_aside} rows set aside: the reader lost or doubled some"
        )

    @property
    def set_aside_share(self) -> float:
        """Share of the records read that were set aside."""
        return sum(self.set_aside.values()) / max(self.n_read, 1)


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What the kept interactions are like. Times are ISO 8601 in UTC; shares lie between 0 and 1."""

    n_users: int
    n_items: int
    n_interactions: int
    first_time: str
    last_time: str
    resolution: str
    """The coarsest unit that all times are whole numbers of: day, second, millisecond or microsecond."""
    tied: float
    """Share of the consecutive interactions of a user with the same time."""
    n_exact_duplicates: int
    """Interactions that repeat another in user, item and time."""
    n_repeats: int
    """Interactions with an item that the user has interacted with before, exact duplicates included."""
    lengths: Mapping[int, int]
    """Users by the number of their interactions, ascending."""


@dataclass(frozen=True, slots=True)
class CatalogueFacts:
    """Counts over the product table, and how far it covers the items of the interactions."""

    n_described: int
    """Rows of the product table."""
    n_untitled: int
    """Those without a title."""
    n_shared_titles: int
    """Those with a title that another item has too: no text tells them apart."""
    n_cleaned_titles: int
    """Titles as the dump gave them that held markup, such as tags and entities; it was taken out."""
    n_interacted: int
    """Different items of the interactions."""
    n_interacted_described: int
    """Those in the product table."""
    n_interacted_titled: int
    """Those with a title."""


def event_facts(counts: Counts, n_items: int) -> EventFacts:
    """The facts of what was counted over all users, and of the items, which do not add up over users."""
    n_steps = counts.n_interactions - counts.n_users
    return EventFacts(
        n_users=counts.n_users,
        n_items=n_items,
        n_interactions=counts.n_interactions,
        first_time=(EPOCH + timedelta(microseconds=counts.first_us)).isoformat(),
        last_time=(EPOCH + timedelta(microseconds=counts.last_us)).isoformat(),
        resolution=counts.resolution,
        tied=(counts.n_interactions - counts.n_moments) / max(n_steps, 1),
        n_exact_duplicates=counts.n_interactions - counts.n_triples,
        n_repeats=counts.n_interactions - counts.n_pairs,
        lengths=dict(sorted(counts.lengths.items())),
    )


def catalogue_facts(items: Iterable[pa.RecordBatch], interacted: pl.Series, n_cleaned_titles: int) -> CatalogueFacts:
    """Counts over the canonical table of items.

    Args:
        items: Its ids and titles, at least.
        interacted: Hashes of the different items of the interactions.
        n_cleaned_titles: What the readers counted.
    """
    columns = (hash_of(ITEM).alias("item"), hash_of(TITLE).alias("title"), pl.col(TITLE).is_null().alias("untitled"))
    nothing = pl.DataFrame(schema={"item": pl.UInt64, "title": pl.UInt64, "untitled": pl.Boolean})
    known = pl.concat([nothing, *(pl.DataFrame(batch).select(columns) for batch in items)])
    known = known.with_columns(interacted=pl.col("item").is_in(interacted.implode()))
    titled = known.filter(~pl.col("untitled"))
    return CatalogueFacts(
        n_described=known.height,
        n_untitled=known.height - titled.height,
        n_shared_titles=int(titled["title"].is_duplicated().sum()),
        n_cleaned_titles=n_cleaned_titles,
        n_interacted=len(interacted),
        n_interacted_described=int(known["interacted"].sum()),
        n_interacted_titled=int(titled["interacted"].sum()),
    )
