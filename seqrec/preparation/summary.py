"""The facts about a prepared split: sizes, losses, and signs of leaks and ties."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from seqrec.json_value import Value
from seqrec.preparation.dates import iso
from seqrec.preparation.events import Events
from seqrec.preparation.protocol import Protocol
from seqrec.preparation.splits.base import Parts
from seqrec.types import Cases, Sequences, Split


@dataclass(frozen=True, slots=True)
class Size(Value):
    """The size of a set of interactions."""

    n_users: int
    n_items: int
    n_interactions: int


@dataclass(frozen=True, slots=True)
class Lengths(Value):
    """The distribution of events per sequence."""

    mean: float
    median: float
    max: int


@dataclass(frozen=True, slots=True)
class Summary(Value):
    """The facts about one prepared split. Times are ISO 8601 in UTC; shares lie between 0 and 1."""

    raw: Size
    """The size of the input."""
    drawn: Size | None
    """The size of the sample of users, before the core filter; None if all users take part."""
    n_users: int
    n_items: int
    n_interactions: int
    """`n_users`, `n_items` and `n_interactions` count what the core filter left."""
    core_passes: int
    density: float
    """Interactions per pair of user and item."""
    first_time: str
    last_time: str
    n_train_sessions: int
    n_fit_sessions: int
    n_valid_cases: int
    n_test_cases: int
    n_cases_not_drawn: int
    """Test cases that `max_cases` left out."""
    n_train_interactions: int
    n_candidates: int
    dropped: dict[str, int]
    """The counts of what the split left out, by reason."""
    n_cut_train_interactions: int
    """Training interactions that `max_history` left out."""
    shuffled: Literal["train", "test", "both"] | None
    """The histories that were shuffled; None if all are in their true order."""
    n_untrained_test_targets: int
    """Test targets that training never saw."""
    train_lengths: Lengths
    prompt_lengths: Lengths
    """The lengths of the test prompts."""
    train_end: str
    """The time of the last event of training."""
    test_start: str
    """The time of the first test target."""
    test_targets_before_train_end: float
    """The share of test cases whose target is older than the last event of training, so that training sees its
    future."""
    tied_test_targets: float
    """The share of test cases whose target has the time of the last prompt event, so that the tie rule chose it."""
    tied_events: float
    """The share of consecutive events of a user with the same time."""
    repeats: float
    """The share of events whose item occurred earlier in the user's history."""
    has_times: bool = True
    """Whether the times are times. If not, they are positions in an order, written as seconds of 1970, and nothing can
    be said about time."""


def size_of(events: Events) -> Size:
    """Counts the users, items and interactions in `events`."""
    n_users, n_items = (pl.Series(codes).n_unique() for codes in (events.users, events.items))
    return Size(n_users, n_items, len(events))


def summarise(
    raw: Size,
    drawn: Size | None,
    core_passes: int,
    sequences: Sequences,
    parts: Parts,
    split: Split,
    protocol: Protocol,
    *,
    has_times: bool,
) -> Summary:
    """Collects the facts about `split`.

    Args:
        raw: The size of the input.
        drawn: The size of the sample of users, if users were drawn.
        core_passes: The number of passes of the core filter.
        sequences: The sequences that the core filter left.
        parts: The parts of the sequences as they were split, uncut.
        split: The split that was built from `parts`.
        protocol: The protocol of the split.
        has_times: Whether the timestamps are times, and not only positions in an order.
    """
    training, vocabulary = split.training, split.training.vocabulary
    train_end = int(training.train.times.max())
    return Summary(
        raw=raw,
        drawn=drawn,
        n_users=vocabulary.n_users,
        n_items=vocabulary.n_items,
        n_interactions=sequences.n_events,
        core_passes=core_passes,
        density=sequences.n_events / (vocabulary.n_users * vocabulary.n_items),
        first_time=iso(int(sequences.times.min())),
        last_time=iso(int(sequences.times.max())),
        n_train_sessions=len(training.train),
        n_fit_sessions=len(training.fit),
        n_valid_cases=len(training.valid),
        n_test_cases=len(split.test),
        n_cases_not_drawn=len(parts.test) - len(split.test),
        n_train_interactions=training.train.n_events,
        n_candidates=int(training.rules.candidates.sum()),
        dropped=dict(parts.dropped),
        n_cut_train_interactions=parts.train.n_events - training.train.n_events,
        shuffled=None if protocol.shuffle is None else protocol.shuffle.part,
        n_untrained_test_targets=int((~np.isin(split.test.targets, training.train.items)).sum()),
        train_lengths=_lengths(training.train),
        prompt_lengths=_lengths(split.test.prompts),
        train_end=iso(train_end),
        test_start=iso(int(split.test.target_times.min())),
        test_targets_before_train_end=float((split.test.target_times < train_end).mean()),
        tied_test_targets=_tied_targets(split.test),
        tied_events=_tied_events(sequences),
        repeats=_repeats(sequences, vocabulary.n_items),
        has_times=has_times,
    )


def _lengths(sequences: Sequences) -> Lengths:
    lengths = sequences.lengths
    return Lengths(float(lengths.mean()), float(np.median(lengths)), int(lengths.max()))


def _tied_targets(cases: Cases) -> float:
    last = cases.prompts.times[cases.prompts.offsets[1:] - 1]
    return float((cases.target_times == last).mean())


def _tied_events(sequences: Sequences) -> float:
    follows = sequences.rows[1:] == sequences.rows[:-1]
    same = sequences.times[1:] == sequences.times[:-1]
    return float((same & follows).sum() / max(follows.sum(), 1))


def _repeats(sequences: Sequences, n_items: int) -> float:
    pairs = sequences.rows * n_items + sequences.items
    return 1.0 - pl.Series(pairs).n_unique() / sequences.n_events
