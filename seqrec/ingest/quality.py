"""The quality report of one ingested dump: where its records went, and what the tables hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from seqrec.datasets.base import Duplicates
from seqrec.ingest.counts import Counts
from seqrec.ingest.coverage import Coverage
from seqrec.ingest.dominance import Dominant
from seqrec.ingest.joining import Mismatch
from seqrec.json_value import Value


@dataclass(frozen=True, slots=True)
class Parts:
    """The files of interactions."""

    n_files: int
    empty: tuple[str, ...] = ()
    """The names of those without any text, which were skipped."""


@dataclass(frozen=True, slots=True)
class Quality(Value):
    """What an ingest read, what it set aside, and what it found."""

    label: str
    """The data set."""
    duplicates: Duplicates
    """The declared policy."""
    n_read: int
    """Records of all files; each was kept or set aside."""
    set_aside: Mapping[str, int]
    """Records by the reason why they were set aside, the most frequent first."""
    notes: Mapping[str, int]
    """Values that were not as they should be, or that can be understood in several ways, by what was made of them."""
    has_times: bool
    """Whether the times are times; if not, they are positions in an order, and tell nothing about dates."""
    events: Counts
    """The interactions that were kept."""
    items: Coverage
    """The items that were kept."""
    parts: Parts = Parts(1)
    """The files that the interactions came from."""
    dominants: tuple[Dominant, ...] = ()
    """The users and items with an absurd share of the interactions."""
    bad_share: float = 0.0
    """The largest share of bad rows in one file, which the limit of a dataset is about."""
    list_id: str | None = None
    """An item of the interactions that is a list of ids, where items are such lists."""
    mismatch: Mismatch | None = None
    """Ids that the interactions and the product table do not share, where there are many."""

    def __post_init__(self) -> None:
        n_events, n_items, n_set_aside = self.events.n_interactions, self.items.n_described, self.n_set_aside
        assert self.n_read == n_events + n_items + n_set_aside, (
            f"{self.n_read} rows read, but {n_events} interactions and {n_items} items kept and {n_set_aside} rows set "
            "aside: the reader lost or doubled some"
        )

    @property
    def n_set_aside(self) -> int:
        """Number of records set aside."""
        return sum(self.set_aside.values())

    @property
    def set_aside_share(self) -> float:
        """Share of the records read that were set aside."""
        return self.n_set_aside / max(self.n_read, 1)
