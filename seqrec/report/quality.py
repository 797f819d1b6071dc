"""The quality report as plain rows, for whoever shows it: terminal, page, table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

from seqrec.ingest.quality import Parts, Quality
from seqrec.listing import listing
from seqrec.report.known import known_size_of

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
    events, items = quality.events, quality.items
    sections = {
        "Rows": (
            *_parts(quality.parts),
            Fact("read", quality.n_read, "records of all files; all of them stand below"),
            Fact("kept interactions", events.n_interactions),
            Fact("kept items", items.n_described),
            Fact("set aside", quality.n_set_aside, f"{quality.set_aside_share:.2%} of the rows read"),
            *(Fact(f"set aside: {reason}", count) for reason, count in quality.set_aside.items()),
        ),
        "Interactions": (
            Fact("users", events.n_users),
            Fact("items", items.n_interacted),
            Fact("interactions", events.n_interactions),
            *_times(quality),
            Fact("ties in time", events.tied, "of consecutive interactions of a user have the same time"),
        ),
        "Values": tuple(Fact(note, n, "values") for note, n in quality.notes.items()),
        "Repeats": (
            Fact("policy", quality.duplicates, "dataset.duplicates; the figures below are of what it left"),
            Fact("exact duplicates", events.n_exact_duplicates, "same user, item and time as another"),
            Fact(
                "repeats",
                events.n_repeats,
                f"{events.n_repeats / events.n_interactions:.2%} of interactions: the user has met the item before",
            ),
        ),
        "Items": (
            Fact("described", items.n_described, "rows of the product table"),
            Fact("without title", items.n_untitled),
            Fact("with a shared title", items.n_shared_titles, "another item has the same"),
            Fact("title cleaned", items.n_cleaned_titles, "it held markup, such as tags or entities"),
            Fact("interacted with metadata", items.n_interacted_described / items.n_interacted),
            Fact("interacted with title", items.n_interacted_titled / items.n_interacted),
        ),
        "Interactions per user": tuple(_lengths(events.lengths)),
        "Published size": tuple(_sizes(quality)),
    }
    return tuple(Section(title, facts) for title, facts in sections.items())


def _times(quality: Quality) -> tuple[Fact, ...]:
    events = quality.events
    if not quality.has_times:
        return (Fact("times", "none", "the dump has positions in an order, which say nothing about dates"),)
    return (
        Fact("first", _second(events.first_us)),
        Fact("last", _second(events.last_us)),
        Fact("time resolution", events.resolution),
    )


def _parts(parts: Parts) -> Iterator[Fact]:
    if parts.n_files > 1:
        yield Fact("files of interactions", parts.n_files)
    if parts.empty:
        yield Fact("empty files, skipped", len(parts.empty), listing(parts.empty))


def _lengths(lengths: Mapping[int, int]) -> Iterator[Fact]:
    n_users = dict(zip(lengths, accumulate(lengths.values()), strict=True))
    yield Fact("fewest", min(lengths))
    # At least half of the users do not exceed it.
    yield Fact("median", next(length for length, n in n_users.items() if 2 * n >= sum(lengths.values())))
    yield Fact("most", max(lengths))
    for low, high in pairwise([*LENGTHS, max(*lengths, LENGTHS[-1]) + 1]):
        name = f"{low} and more" if low == LENGTHS[-1] else f"{low}" if high == low + 1 else f"{low} to {high - 1}"
        yield Fact(name, sum(n for length, n in lengths.items() if low <= length < high))


def _sizes(quality: Quality) -> Iterator[Fact]:
    known = known_size_of(quality.label, min(quality.events.lengths))
    if known is None:
        yield Fact("known", "no", "nothing published to compare this form of the dump with")
        return
    yield Fact("form", known.form, known.source)
    for what, ours, published in (
        ("users", quality.events.n_users, known.n_users),
        ("items", quality.items.n_interacted, known.n_items),
        ("interactions", quality.events.n_interactions, known.n_interactions),
    ):
        yield Fact(what, published, "the same here" if ours == published else f"{ours - published:+,} here")


def _second(time_us: int) -> str:
    """A time in microseconds since 1970, to the second."""
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us):%Y-%m-%d %H:%M:%S}"
