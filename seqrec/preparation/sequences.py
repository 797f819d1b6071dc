"""The construction of one sequence per user from ordered events, and of cases from sequences."""

import numpy as np

from seqrec.preparation.events import Events
from seqrec.types import Cases, Sequences


def build_sequences(events: Events, n_users: int) -> Sequences:
    """Returns the sequence of each user, in the order of the user codes.

    Args:
        events: Events ordered by user, then in the order of the sequence; every user has at least one.
        n_users: The number of users.
    """
    lengths = np.bincount(events.users, minlength=n_users)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
    return Sequences(offsets, events.items, events.times, np.arange(n_users, dtype=np.int32))


def leave_last_out(sequences: Sequences) -> Cases:
    """Returns one case per sequence: the last event is the target, and all events before it are the prompt.

    Args:
        sequences: Sequences of at least two events each.
    """
    assert not len(sequences) or sequences.lengths.min() >= 2, "a case needs a prompt and a target"
    last = sequences.offsets[1:] - 1
    return Cases(sequences.keep(sequences.ages > 1), sequences.items[last], sequences.times[last])


def at_least(sequences: Sequences, length: int) -> Sequences:
    """Returns the sequences with at least `length` events."""
    return sequences.take(np.flatnonzero(sequences.lengths >= length))


def with_targets(cases: Cases) -> Sequences:
    """Returns the prompt of each case with its target appended."""
    prompts, n_cases = cases.prompts, len(cases)
    offsets = prompts.offsets + np.arange(n_cases + 1, dtype=np.int64)
    items, times = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.int64)
    is_target = np.zeros(offsets[-1], bool)
    is_target[offsets[1:] - 1] = True
    items[~is_target], items[is_target] = prompts.items, cases.targets
    times[~is_target], times[is_target] = prompts.times, cases.target_times
    return Sequences(offsets, items, times, prompts.users)
