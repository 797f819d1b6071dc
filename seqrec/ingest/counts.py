"""Counts of the interactions of a dump, and its duplicates, in one pass that may go by parts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import polars as pl

from seqrec.datasets.base import Duplicates
from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.ingest.duplicates import duplicates
from seqrec.ingest.keys import ITEM_KEY, TIME, USER, counts_of, n_distinct, repeated
from seqrec.schema import POSITION

DAY_US = 86_400 * US_PER_S
RESOLUTIONS_US = {"day": DAY_US, "second": US_PER_S, "millisecond": 1_000, "microsecond": 1}
"""Units of time, the coarsest first."""
_EPOCH_YEAR = 1970
FAR_YEARS = 20
"""From so many years on, a time is far from the others."""


@dataclass(frozen=True, slots=True)
class Counts:
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
    """Users by the number of their interactions, ascending."""
    first_us: int
    """Earliest time, in microseconds since 1970-01-01 UTC; `last_us` is the latest."""
    last_us: int
    years: Counter[int]
    """Interactions by their year, ascending."""
    resolution: str
    """The coarsest unit that all times are whole numbers of: day, second, millisecond or microsecond."""

    @property
    def tied(self) -> float:
        """Share of the consecutive interactions of a user with the same time, between 0 and 1."""
        return (self.n_interactions - self.n_moments) / max(self.n_interactions - self.n_users, 1)

    @property
    def median_year(self) -> int:
        """The year of the median of all times."""
        n_until = zip(self.years, accumulate(self.years.values()), strict=True)
        return next(year for year, n in n_until if 2 * n >= self.n_interactions)

    @property
    def far_years(self) -> Counter[int]:
        """Interactions by their year, for years that are 20 or more away from the median."""
        return Counter({year: n for year, n in self.years.items() if abs(year - self.median_year) >= FAR_YEARS})

    @property
    def n_exact_duplicates(self) -> int:
        """Interactions that repeat another in user, item and time."""
        return self.n_interactions - self.n_triples

    @property
    def n_repeats(self) -> int:
        """Interactions with an item that the user has interacted with before, exact duplicates included."""
        return self.n_interactions - self.n_pairs

    def __add__(self, other: "Counts") -> "Counts":
        """The counts of both together; no user may be in two of them."""
        return Counts(
            self.n_interactions + other.n_interactions,
            self.n_users + other.n_users,
            self.n_pairs + other.n_pairs,
            self.n_triples + other.n_triples,
            self.n_moments + other.n_moments,
            Counter(dict(sorted((self.lengths + other.lengths).items()))),
            min(self.first_us, other.first_us),
            max(self.last_us, other.last_us),
            Counter(dict(sorted((self.years + other.years).items()))),
            min(self.resolution, other.resolution, key=RESOLUTIONS_US.__getitem__),
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """What one pass over all interactions found."""

    counts: Counts
    """Counts of the interactions that stay."""
    items: pl.DataFrame
    """Their different items: hashes in `value`, ascending, and the number of interactions in `len`."""
    duplicates: pl.Series
    """Positions of the interactions to set aside, ascending."""


def count(parts: Iterable[pl.DataFrame], policy: Duplicates) -> Counted:
    """Counts interactions and finds those that `policy` sets aside.

    The `parts` hold the keys of all interactions as `keys_of` gives them, each user's in one part; none is empty.
    """
    counts, doubles = [], []
    items = pl.DataFrame(schema={"value": pl.UInt64, "len": pl.UInt32})
    for part in parts:
        doubles.append(duplicates(part, policy))
        kept = part.join(doubles[-1].to_frame(), on=POSITION, how="anti") if len(doubles[-1]) else part
        counts.append(count_users(kept))
        items = (
            pl.concat([items, counts_of(kept[ITEM_KEY]).select(items.columns)])
            .group_by("value")
            .agg(pl.col("len").sum())
        )
    return Counted(sum(counts[1:], counts[0]), items.sort("value"), pl.concat(doubles).sort())


def count_users(keys: pl.DataFrame) -> Counts:
    """Counts at least one interaction, as `keys_of` gives them; users must be here whole."""
    n_events = counts_of(keys[USER])["len"]
    # Counting by place takes half of the time of `value_counts`.
    by_year = np.bincount(pl.from_epoch(keys[TIME], "us").dt.year().to_numpy() - _EPOCH_YEAR)
    years = {year: n for year, n in enumerate(by_year.tolist(), _EPOCH_YEAR) if n}
    lengths = n_events.value_counts().sort("len")
    # Triples are repeated among repeated pairs only, which are few in most dumps.
    again = repeated(keys, USER, ITEM_KEY)
    n_single = keys.height - again.height
    return Counts(
        n_interactions=keys.height,
        n_users=len(n_events),
        n_pairs=n_single + n_distinct(again, USER, ITEM_KEY),
        n_triples=n_single + n_distinct(again, USER, ITEM_KEY, TIME),
        n_moments=n_distinct(keys, USER, TIME),
        lengths=Counter(dict(lengths.iter_rows())),
        first_us=keys.select(pl.col(TIME).min()).item(),
        last_us=keys.select(pl.col(TIME).max()).item(),
        years=Counter(years),
        resolution=next(name for name, unit in RESOLUTIONS_US.items() if (keys[TIME] % unit == 0).all()),
    )
