"""The quality report of one ingested dump."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from seqrec.datasets.base import DatasetConfig, Duplicates
from seqrec.datasets.errors import CLEANED_TITLES, Rejects
from seqrec.ingest.catalogue import CatalogueFacts, catalogue_facts
from seqrec.ingest.count import Count
from seqrec.ingest.facts import EventFacts, Rows, event_facts
from seqrec.ingest.known import Known, known_size_of
from seqrec.ingest.warnings import Notice, warnings_of


@dataclass(frozen=True, slots=True)
class Quality:
    """What an ingest read, what it set aside, and what it found."""

    label: str
    """The data set."""
    duplicates: Duplicates
    """The declared policy."""
    rows: Rows
    events: EventFacts
    catalogue: CatalogueFacts

    @property
    def known(self) -> Known | None:
        """The published form of this dump, if there is one to compare with."""
        return known_size_of(self.label, min(self.events.lengths))

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """What one should know before believing numbers made of the dump, the gravest first."""
        return warnings_of(self.rows, self.events, self.catalogue, self.known, self.duplicates)

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON-able values; what is concluded from them is not among them."""
        lengths = [[length, n_users] for length, n_users in self.events.lengths.items()]
        plain = asdict(self)
        return plain | {"events": plain["events"] | {"lengths": lengths}}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Quality":
        """The report whose facts `to_json` wrote."""
        events = plain["events"]
        return cls(
            label=plain["label"],
            duplicates=plain["duplicates"],
            rows=Rows(**plain["rows"]),
            events=EventFacts(**{**events, "lengths": dict(map(tuple, events["lengths"]))}),
            catalogue=CatalogueFacts(**plain["catalogue"]),
        )


def assess(dataset: DatasetConfig, counted: Count, items: pl.LazyFrame, rejects: Rejects) -> Quality:
    """The quality report of a dump that was read to its end.

    Args:
        dataset: How it was read.
        counted: What was counted of its interactions.
        items: The canonical table of items.
        rejects: What was set aside, duplicates included.
    """
    events = event_facts(counted.tally, len(counted.items))
    catalogue = catalogue_facts(items, counted.items, rejects.notes[CLEANED_TITLES])
    return Quality(
        label=dataset.label,
        duplicates=dataset.duplicates,
        rows=Rows(rejects.n_read, events.n_interactions, catalogue.n_described, dict(rejects.by_reason)),
        events=events,
        catalogue=catalogue,
    )
