"""What in a dump should make one stop and think, said with its figure and the way out."""

from collections.abc import Iterator
from dataclasses import dataclass

from seqrec.datasets.base import Duplicates
from seqrec.ingest.catalogue import CatalogueFacts
from seqrec.ingest.facts import EventFacts, Rows
from seqrec.ingest.known import Known

MAX_SET_ASIDE = 0.01
MAX_TIED = 0.20
MIN_DESCRIBED = 0.50
MIN_TITLED = 0.80
MAX_SHARED_TITLES = 0.02
"""Shares beyond which something is said."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that one should know before believing numbers made of the dump."""

    what: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.found}. {self.remedy}"


def warnings_of(
    rows: Rows, events: EventFacts, catalogue: CatalogueFacts, known: Known | None, policy: Duplicates
) -> tuple[Notice, ...]:
    """Everything worth a warning, the gravest first."""
    return (
        *_of_rows(rows, policy),
        *_of_events(events, policy),
        *_of_catalogue(catalogue),
        *_of_size(events, known),
    )


def _of_rows(rows: Rows, policy: Duplicates) -> Iterator[Notice]:
    if rows.set_aside_share > MAX_SET_ASIDE:
        reason, count = next(iter(rows.set_aside.items()))
        yield Notice(
            "Rows set aside",
            f"{rows.set_aside_share:.1%} of {rows.n_read:,} rows, most of them as '{reason}' ({count:,})",
            f"If that is not what the settings ask for (dataset.duplicates is '{policy}'), look at the rejects.",
        )


def _of_events(events: EventFacts, policy: Duplicates) -> Iterator[Notice]:
    if events.n_exact_duplicates:
        yield Notice(
            "Exact duplicates",
            f"{events.n_exact_duplicates:,} interactions equal another in user, item and time; dataset.duplicates is "
            f"'{policy}'",
            "Set dataset.duplicates = 'exact' unless they are real: a test target may stand in its own history.",
        )
    if events.tied > MAX_TIED:
        yield Notice(
            "Ties in time",
            f"{events.tied:.1%} of consecutive interactions have the same time (resolution: {events.resolution})",
            "Keep protocol.ties = 'random'; the order of the file is often that of the item ids.",
        )


def _of_catalogue(catalogue: CatalogueFacts) -> Iterator[Notice]:
    if not catalogue.n_described:
        return
    described = catalogue.n_interacted_described / max(catalogue.n_interacted, 1)
    if described < MIN_DESCRIBED:
        yield Notice(
            "Product table",
            f"it has only {catalogue.n_interacted_described:,} of the {catalogue.n_interacted:,} items of the "
            f"interactions ({described:.1%})",
            "Check that it belongs to these interactions and that both use the same ids; models of text can't see "
            "the others.",
        )
    elif catalogue.n_interacted_titled / catalogue.n_interacted < MIN_TITLED:
        yield Notice(
            "Titles",
            f"only {catalogue.n_interacted_titled:,} of the {catalogue.n_interacted:,} items of the interactions have "
            "one",
            "Let the text template use other fields too, such as categories.",
        )
    shared = catalogue.n_shared_titles / catalogue.n_described
    if shared > MAX_SHARED_TITLES:
        yield Notice(
            "Shared titles",
            f"{catalogue.n_shared_titles:,} items ({shared:.1%}) have a title that another item has too",
            "Add the brand or the categories to the text template, so that texts tell them apart.",
        )


def _of_size(events: EventFacts, known: Known | None) -> Iterator[Notice]:
    if known is None:
        return
    sizes = (known.n_users, known.n_items, known.n_interactions)
    if sizes != (events.n_users, events.n_items, events.n_interactions):
        yield Notice(
            "Size",
            f"{events.n_users:,} users, {events.n_items:,} items and {events.n_interactions:,} interactions; published "
            f"({known.form}) are {known.n_users:,}, {known.n_items:,} and {known.n_interactions:,}",
            "Numbers made of it can't be set beside published ones; check the files and the settings.",
        )
