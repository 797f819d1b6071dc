"""The preparation of canonical interactions into a split under one protocol."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Bool, Int8, Int64

from seqrec.errors import DataError
from seqrec.preparation.case_sample import sample_cases
from seqrec.preparation.cold_items import draw_cold, keep_out
from seqrec.preparation.core import core_rows
from seqrec.preparation.negatives import show_candidates
from seqrec.preparation.protocol import Full, Protocol, Sampled
from seqrec.preparation.sequences import build_sequences, with_targets
from seqrec.preparation.shuffle import shuffled
from seqrec.preparation.splits.base import Parts
from seqrec.preparation.summary import Size, Summary, size_of, summarise
from seqrec.preparation.ties import chronological
from seqrec.preparation.truncate import truncate
from seqrec.preparation.user_sample import rows_of_sampled_users
from seqrec.preparation.vocabulary import build_vocabulary, read_events
from seqrec.types import Cases, Rules, Sequences, Split, Training, Vocabulary


@dataclass(frozen=True, slots=True)
class Prepared:
    """A split and the facts about it."""

    split: Split
    summary: Summary


def prepare(interactions: pl.LazyFrame | pl.DataFrame, protocol: Protocol, *, has_times: bool = True) -> Prepared:
    """Applies a protocol: sample of users, core filter, vocabulary, order in time, split, items kept out of training.

    The order of the rows does not affect the split, except where ties keep the order of the file.

    Args:
        interactions: The columns of `schema.INTERACTIONS`.
        protocol: The protocol to apply.
        has_times: Whether the timestamps are times; if not, they are positions, which order each user's events.

    Raises:
        DataError: The split needs times and there are none, there are fewer users than the protocol draws, the core
            filter or the split leaves nothing, or there are too few items to sample negatives from.
    """
    if protocol.split.needs_times and not has_times:
        raise DataError(
            f"protocol.split.name '{protocol.split.name}'",
            got="data with an order of events, and no times",
            expected="times, which say who did something before others did",
            remedy='Set protocol.split.name = "leave_one_out", which needs no more than the order of each user, or '
            "name a column of times.",
        )
    found = _histories(interactions, protocol)
    sequences = found.sequences
    parts = protocol.split.split(sequences, protocol.seed, refit=protocol.refit, given=found.parts)
    cold = draw_cold(found.vocabulary.n_items, protocol.cold_items, protocol.seed)
    if cold.any():
        parts = keep_out(parts, cold)
    _check(parts)
    split = _assemble(_transformed(parts, protocol), sequences, found.vocabulary, cold, protocol)
    sizes = (found.raw, found.drawn, found.core_passes)
    return Prepared(split, summarise(*sizes, sequences, parts, split, protocol, has_times=has_times))


def prepare_whole(interactions: pl.LazyFrame | pl.DataFrame, protocol: Protocol) -> Training:
    """Prepares all histories as training data, for a model that answers real users and is not tested any more.

    Sample of users, core filter, vocabulary, order in time and longest history are those of the protocol. Nothing is
    held out, so that the number of epochs must have been chosen elsewhere, and nothing is shuffled.

    Args:
        interactions: The columns of `schema.INTERACTIONS`.
        protocol: The protocol under which the model was tested.

    Raises:
        DataError: There are fewer users than the protocol draws, or the core filter leaves nothing.
    """
    found = _histories(interactions, protocol)
    whole = found.sequences if protocol.max_history is None else found.sequences.tail(protocol.max_history)
    counts = _counts(whole, found.vocabulary.n_items)
    rules = Rules(protocol.k, _candidates(counts, protocol.candidates), protocol.seen == "exclude")
    nothing = np.zeros(0, np.int64)
    none = Cases(whole.take(nothing), nothing.astype(np.int32), nothing)
    return Training(found.vocabulary, whole, whole, none, rules, refit=True, max_history=protocol.max_history)


@dataclass(frozen=True, slots=True)
class _Histories:
    """The histories of all users that remain, in chronological order."""

    sequences: Sequences
    vocabulary: Vocabulary
    parts: Int8[np.ndarray, " n_events"] | None
    """The part that the dump assigns each event to."""
    raw: Size
    drawn: Size | None
    core_passes: int


def _histories(interactions: pl.LazyFrame | pl.DataFrame, protocol: Protocol) -> _Histories:
    events, raw_ids = read_events(interactions)
    raw = Size(len(raw_ids.users), len(raw_ids.items), len(events))
    drawn = None
    if protocol.users is not None:
        events = events.take(rows_of_sampled_users(events, protocol.users, protocol.seed))
        drawn = size_of(events)
    core = core_rows(events, protocol.core)
    events, vocabulary = build_vocabulary(events.take(core.rows), raw_ids)
    events = chronological(events, protocol.ties, protocol.seed)
    sequences = build_sequences(events, vocabulary.n_users)
    return _Histories(sequences, vocabulary, events.parts, raw, drawn, core.passes)


def _transformed(parts: Parts, protocol: Protocol) -> Parts:
    """Returns the parts as models see them, with histories cut and then shuffled if the protocol says so."""
    if protocol.max_history is not None:
        parts = truncate(parts, protocol.max_history)
    return parts if protocol.shuffle is None else shuffled(parts, protocol.shuffle)


def _assemble(
    parts: Parts,
    sequences: Sequences,
    vocabulary: Vocabulary,
    cold: Bool[np.ndarray, " n_items"],
    protocol: Protocol,
) -> Split:
    train_counts = _counts(parts.train, vocabulary.n_items)
    rules = Rules(protocol.k, _candidates(train_counts, protocol.candidates) | cold, protocol.seen == "exclude")
    valid = sample_cases(parts.valid, protocol.max_cases, protocol.seed, "valid")
    test = sample_cases(parts.test, protocol.max_cases, protocol.seed, "test")
    if isinstance(protocol.candidates, Sampled):
        valid = _with_shown(valid, with_targets(valid), rules, protocol.candidates, "valid")
        met = sequences.take(test.prompts.users.astype(np.int64))
        test = _with_shown(test, met, rules, protocol.candidates, "test")
    return Split(
        Training(vocabulary, parts.fit, parts.train, valid, rules, protocol.refit, protocol.max_history),
        test,
        popularity=train_counts if protocol.counts == "train" else _counts(parts.whole, vocabulary.n_items),
        shuffled=protocol.shuffle is not None,
    )


def _with_shown(cases: Cases, met: Sequences, rules: Rules, sampled: Sampled, part: str) -> Cases:
    """Returns the cases with candidates; the negatives are outside `met`, or outside the prompt alone."""
    histories = cases.prompts if sampled.exclude == "prompt" else met
    return replace(cases, shown=show_candidates(cases, histories, rules, sampled, part))


def _counts(sequences: Sequences, n_items: int) -> Int64[np.ndarray, " n_items"]:
    return np.bincount(sequences.items, minlength=n_items)


def _candidates(
    train_counts: Int64[np.ndarray, " n_items"], candidates: Full | Sampled
) -> Bool[np.ndarray, " n_items"]:
    if isinstance(candidates, Full) and candidates.catalogue == "all":
        return np.ones(len(train_counts), bool)
    return train_counts > 0


def _check(parts: Parts) -> None:
    """Raises an error if a part is empty, since nothing could be learnt, selected or measured."""
    for name, part in (("training", parts.fit), ("validation", parts.valid), ("test", parts.test)):
        if not len(part):
            raise DataError(
                "protocol.split",
                got=f"no {name} sequences out of {len(parts.whole):,} users",
                expected="at least one sequence each for training, validation and test",
                remedy="Use a larger dump, lower protocol.core, or change the settings of protocol.split.",
            )
