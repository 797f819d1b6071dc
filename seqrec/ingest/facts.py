"""What a quality report states of rows and interactions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from seqrec.ingest.tally import Tally

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
    """Interactions with an item that the user has met before, exact duplicates included."""
    lengths: Mapping[int, int]
    """Users by the number of their interactions, ascending."""


def event_facts(tally: Tally, n_items: int) -> EventFacts:
    """The facts of what was counted.

    Args:
        tally: The counts over all users.
        n_items: Number of different items, which do not add up over users.
    """
    n_followers = tally.n_interactions - tally.n_users
    return EventFacts(
        n_users=tally.n_users,
        n_items=n_items,
        n_interactions=tally.n_interactions,
        first_time=_iso(tally.first_us),
        last_time=_iso(tally.last_us),
        resolution=tally.resolution,
        tied=(tally.n_interactions - tally.n_moments) / max(n_followers, 1),
        n_exact_duplicates=tally.n_interactions - tally.n_triples,
        n_repeats=tally.n_interactions - tally.n_pairs,
        lengths=dict(sorted(tally.lengths.items())),
    )


def _iso(time_us: int) -> str:
    return (EPOCH + timedelta(microseconds=time_us)).isoformat()
