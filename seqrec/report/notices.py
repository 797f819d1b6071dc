"""What in the quality report of a dump should make one stop and think."""

from collections.abc import Iterator
from dataclasses import dataclass

from seqrec.ingest.coverage import Coverage
from seqrec.ingest.quality import Quality
from seqrec.report.known import known_size_of

# Shares beyond which something is said.
MAX_SET_ASIDE = 0.01
MAX_TIED = 0.20
MIN_DESCRIBED = 0.50
MIN_TITLED = 0.80
MAX_SHARED_TITLES = 0.02


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that one should know before believing numbers made of the dump."""

    what: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.found}. {self.remedy}"


def notices(quality: Quality) -> tuple[Notice, ...]:
    """What one should know before believing numbers made of the dump, the gravest first."""
    return (*_of_interactions(quality), *_of_items(quality.items), *_of_size(quality))


def _of_interactions(quality: Quality) -> Iterator[Notice]:
    events, policy = quality.events, f"dataset.duplicates is '{quality.duplicates}'"
    if quality.set_aside_share > MAX_SET_ASIDE:
        reason, count = next(iter(quality.set_aside.items()))
        found = f"{quality.set_aside_share:.1%} of {quality.n_read:,} rows, most of them as '{reason}' ({count:,})"
        remedy = f"If that is not what the settings say ({policy}), look at the rejects."
        yield Notice("Rows set aside", found, remedy)
    if events.n_exact_duplicates:
        found = f"{events.n_exact_duplicates:,} interactions equal another in user, item and time; {policy}"
        remedy = "Set dataset.duplicates = 'exact' unless they are real: a test target may stand in its own history."
        yield Notice("Exact duplicates", found, remedy)
    if events.tied > MAX_TIED:
        tied = f"{events.tied:.1%} of consecutive interactions have the same time"
        remedy = "Keep protocol.ties = 'random'; the order of the file is often that of the item ids."
        yield Notice("Ties in time", f"{tied} (resolution: {events.resolution})", remedy)


def _of_items(items: Coverage) -> Iterator[Notice]:
    if not items.n_described:
        return
    described = items.n_interacted_described / max(items.n_interacted, 1)
    if described < MIN_DESCRIBED:
        found = f"it has only {items.n_interacted_described:,} of the {items.n_interacted:,} items of the interactions"
        remedy = "Check that it belongs to these interactions and that both use the same ids"
        yield Notice("Product table", f"{found} ({described:.1%})", f"{remedy}; models of text can't see the others.")
    elif items.n_interacted_titled / items.n_interacted < MIN_TITLED:
        found = f"only {items.n_interacted_titled:,} of the {items.n_interacted:,} items of the interactions have one"
        yield Notice("Titles", found, "Let the text template use other fields too, such as categories.")
    shared = items.n_shared_titles / items.n_described
    if shared > MAX_SHARED_TITLES:
        found = f"{items.n_shared_titles:,} items ({shared:.1%}) have a title that another item has too"
        remedy = "Add the brand or the categories to the text template, so that texts distinguish them."
        yield Notice("Shared titles", found, remedy)


def _of_size(quality: Quality) -> Iterator[Notice]:
    known = known_size_of(quality.label, min(quality.events.lengths))
    ours = quality.events.n_users, quality.items.n_interacted, quality.events.n_interactions
    if known is not None and ours != (known.n_users, known.n_items, known.n_interactions):
        found = "{:,} users, {:,} items and {:,} interactions".format(*ours)
        published = f"{known.n_users:,}, {known.n_items:,} and {known.n_interactions:,}"
        remedy = "Numbers made of it can't be set beside published ones; check the files and the settings."
        yield Notice("Size", f"{found}; published ({known.form}) are {published}", remedy)
