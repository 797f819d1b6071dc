"""From ordered events to one sequence per user, and from sequences to cases."""

import numpy as np

from seqrec.prepare.events import Events
from seqrec.types import Cases, Sequences


def build_sequences(events: Events, n_users: int) -> Sequences:
    """The sequence of each user, in the order of their codes.

    Args:
        events: Ordered by user, then as the sequences are to be; every user has at least one.
        n_users: Number of users.
    """
    lengths = np.bincount(events.users, minlength=n_users)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
    return Sequences(offsets, events.items, events.times, np.arange(n_users, dtype=np.int32))


def leave_last_out(sequences: Sequences) -> Cases:
    """One case per sequence: all but the last event is the prompt, the last one the target.

    Args:
        sequences: Each with at least two events.
    """
    assert not len(sequences) or sequences.lengths.min() >= 2, "a case needs a prompt and a target"
    last = sequences.offsets[1:] - 1
    return Cases(sequences.keep(sequences.ages > 1), sequences.items[last], sequences.times[last])


def at_least(sequences: Sequences, length: int) -> Sequences:
    """The sequences with at least `length` events."""
    return sequences.take(np.flatnonzero(sequences.lengths >= length))
