"""What in the quality report of a dump should make one stop and think."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from seqrec.datasets.canonical.time_faults import OTHER_UNIT, UNKNOWN
from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.datasets.canonical.times import most_sensible
from seqrec.ingest.counts import FAR_YEARS
from seqrec.ingest.quality import Quality
from seqrec.report.known import known_size_of

# Shares beyond which something is said.
MAX_SET_ASIDE = 0.01
MAX_TIED = 0.20
MIN_DESCRIBED = 0.50
MIN_TITLED = 0.80
MAX_SHARED_TITLES = 0.02
MAX_SHOWN = 60
"""Characters of an id that are shown."""


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
    return (*_of_times(quality), *_of_interactions(quality), *_of_items(quality), *_of_size(quality))


def lists_notice(list_id: str) -> Notice:
    """What one should know of items that are lists of ids, such as `list_id`."""
    shown = list_id if len(list_id) <= MAX_SHOWN else f"{list_id[:MAX_SHOWN]}..."
    found = f"items such as {shown!r} are counted as one item each"
    return Notice("Items that are lists", found, "Write one row per item, in the order of the list.")


def _of_times(quality: Quality) -> Iterator[Notice]:
    events, set_aside = quality.events, quality.set_aside
    if not quality.has_times:
        found = "the dump has positions in an order, which are written as seconds of 1970"
        remedy = (
            "Split by protocol.split.name = 'leave_one_out'; models that fade with time, such as recency, see none."
        )
        if most_sensible(pl.Series([str(us // US_PER_S) for us in (events.first_us, events.last_us)]), "excel"):
            remedy += " If they are days as Excel counts them, set dataset.events.time_unit = 'excel'."
        yield Notice("No times", found, remedy)
    elif far := events.far_years:
        found = f"{far.total():,} interactions are {FAR_YEARS} years or more from the median year, {events.median_year}"
        found += f", most of them in {max(far, key=far.__getitem__)}"
        yield Notice("Times far from the others", found, "Look for placeholders among the times, such as 2000-01-01.")
    if n := set_aside.get(OTHER_UNIT):
        found = f"{n:,} times are in another unit than the others, and their rows are set aside"
        yield Notice("Mixed units of time", found, "Write all times in one unit, or set dataset.events.time_unit.")
    if n := set_aside.get(UNKNOWN):
        found = f"{n:,} times are 0, -1 or before 1971, and their rows are set aside"
        yield Notice("Unknown times", found, "Find out what they stand for: the order of these events is not known.")


def _of_interactions(quality: Quality) -> Iterator[Notice]:
    events, policy = quality.events, f"dataset.duplicates is '{quality.duplicates}'"
    if quality.list_id is not None:
        yield lists_notice(quality.list_id)
    for one in quality.dominants:
        share = one.n_interactions / events.n_interactions
        found = f"{one.id!r} has {one.n_interactions:,} interactions, {share:.1%} of all"
        remedy = "If it stands for none, such as an anonymous visitor, add it to dataset.null_words."
        yield Notice(f"One {one.kind} with an absurd share", found, remedy)
    if quality.set_aside_share > MAX_SET_ASIDE:
        reason, count = next(iter(quality.set_aside.items()))
        found = f"{quality.set_aside_share:.1%} of {quality.n_read:,} rows, most of them as '{reason}' ({count:,})"
        remedy = f"Look at the rows that were set aside: a setting may be wrong ({policy})."
        yield Notice("Rows set aside", found, remedy)
    if events.n_exact_duplicates:
        found = f"{events.n_exact_duplicates:,} interactions equal another in user, item and time; {policy}"
        remedy = "Set dataset.duplicates = 'exact' unless they are real: a test target may stand in its own history."
        yield Notice("Exact duplicates", found, remedy)
    if events.tied > MAX_TIED:
        tied = f"{events.tied:.1%} of consecutive interactions have the same time"
        remedy = "Keep protocol.ties = 'random'; the order of the file is often that of the item ids."
        yield Notice("Ties in time", f"{tied} (resolution: {events.resolution})", remedy)


def _of_items(quality: Quality) -> Iterator[Notice]:
    items = quality.items
    unread = {note: n for note, n in quality.notes.items() if note.endswith("so null")}
    if unread:
        found = "; ".join(f"{note} ({n:,})" for note, n in unread.items())
        yield Notice("Values that can't be read", found, "Their rows are kept; look at the file if the field matters.")
    if not items.n_described:
        return
    described, pair = items.share_described, quality.mismatch
    if described < MIN_DESCRIBED or (pair is not None and pair.reason is not None):
        found = f"it has only {items.n_interacted_described:,} of the {items.n_interacted:,} items of the interactions"
        found += f" ({described:.1%})"
        if pair is not None:
            why = "" if pair.reason is None else f": {pair.reason}"
            found += f"; the interactions have {pair.interacted!r}, and it has {pair.described!r}{why}"
        remedy = "Check that it belongs to these interactions and that both use the same ids"
        yield Notice("Product table", found, f"{remedy}; models of text can't see the others.")
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
