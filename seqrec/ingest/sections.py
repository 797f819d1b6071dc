"""The quality report as plain rows, for whoever shows it: terminal, page, table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise

from seqrec.ingest.quality import Quality

LENGTHS = (1, 2, 3, 4, 5, 10, 20, 50, 100, 200)
"""Where the classes of the histogram of histories begin."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a section."""

    what: str
    value: int | float | str
    """A count, a text, or a share between 0 and 1."""
    note: str = ""
    """What to make of it."""

    @property
    def shown(self) -> str:
        """The value for a person."""
        if isinstance(self.value, str):
            return self.value
        return f"{self.value:,}" if isinstance(self.value, int) else f"{self.value:.2%}"


@dataclass(frozen=True, slots=True)
class Section:
    """Facts under one title."""

    title: str
    facts: tuple[Fact, ...]


def quality_sections(quality: Quality) -> tuple[Section, ...]:
    """All of a report but its warnings."""
    sections = {
        "Rows": _rows(quality),
        "Interactions": _interactions(quality),
        "Repeats": _repeats(quality),
        "Items": _items(quality),
        "Interactions per user": _lengths(quality),
        "Published size": _known(quality),
    }
    return tuple(Section(title, tuple(facts)) for title, facts in sections.items())


def _rows(quality: Quality) -> Iterator[Fact]:
    rows = quality.rows
    yield Fact("read", rows.n_read, "records of all files; all of them stand below")
    yield Fact("kept interactions", rows.n_interactions)
    yield Fact("kept items", rows.n_items)
    yield Fact("set aside", sum(rows.set_aside.values()), f"{rows.set_aside_share:.2%} of the rows read")
    for reason, count in rows.set_aside.items():
        yield Fact(f"set aside: {reason}", count)


def _interactions(quality: Quality) -> Iterator[Fact]:
    events = quality.events
    yield Fact("users", events.n_users)
    yield Fact("items", events.n_items)
    yield Fact("interactions", events.n_interactions)
    yield Fact("first", _day(events.first_time))
    yield Fact("last", _day(events.last_time))
    yield Fact("time resolution", events.resolution)
    yield Fact("ties in time", events.tied, "of consecutive interactions of a user have the same time")


def _repeats(quality: Quality) -> Iterator[Fact]:
    events = quality.events
    yield Fact("policy", quality.duplicates, "dataset.duplicates; the figures below are of what it left")
    yield Fact("exact duplicates", events.n_exact_duplicates, "same user, item and time as another")
    share = events.n_repeats / events.n_interactions
    yield Fact("repeats", events.n_repeats, f"{share:.2%} of interactions: the user has met the item before")


def _items(quality: Quality) -> Iterator[Fact]:
    items = quality.catalogue
    yield Fact("described", items.n_described, "rows of the product table")
    yield Fact("without title", items.n_untitled)
    yield Fact("with a shared title", items.n_shared_titles, "another item has the same")
    yield Fact("title cleaned", items.n_cleaned_titles, "it held markup, such as tags or entities")
    yield Fact("interacted with metadata", items.n_interacted_described / items.n_interacted)
    yield Fact("interacted with title", items.n_interacted_titled / items.n_interacted)


def _lengths(quality: Quality) -> Iterator[Fact]:
    lengths = quality.events.lengths
    yield Fact("fewest", min(lengths))
    yield Fact("median", _median(lengths))
    yield Fact("most", max(lengths))
    for low, high in pairwise([*LENGTHS, max(*lengths, LENGTHS[-1]) + 1]):
        name = f"{low} and more" if low == LENGTHS[-1] else f"{low}" if high == low + 1 else f"{low} to {high - 1}"
        yield Fact(name, sum(n_users for length, n_users in lengths.items() if low <= length < high))


def _median(lengths: Mapping[int, int]) -> int:
    """The length that at least half of the users do not exceed."""
    n_users = accumulate(lengths.values())
    return next(length for length, n in zip(lengths, n_users, strict=True) if 2 * n >= sum(lengths.values()))


def _known(quality: Quality) -> Iterator[Fact]:
    known, events = quality.known, quality.events
    if known is None:
        yield Fact("known", "no", "nothing published to compare this form of the dump with")
        return
    yield Fact("form", known.form, known.source)
    yield _difference("users", events.n_users, known.n_users)
    yield _difference("items", events.n_items, known.n_items)
    yield _difference("interactions", events.n_interactions, known.n_interactions)


def _difference(what: str, ours: int, published: int) -> Fact:
    return Fact(what, published, "the same here" if ours == published else f"{ours - published:+,} here")


def _day(time: str) -> str:
    return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M:%S")
