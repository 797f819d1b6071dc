"""Small operations on ragged rows, such as prompts and their neighbours."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int64, Num, UInt64

from seqrec import stop
from seqrec.digest import scramble
from seqrec.types import Sequences


def first_occurrences(sequences: Sequences, n_items: int) -> Bool[np.ndarray, " n_events"]:
    """Returns whether each event is the first of its item in its sequence."""
    _, firsts = np.unique(sequences.rows * n_items + sequences.items, return_index=True)
    is_first = np.zeros(sequences.n_events, bool)
    is_first[firsts] = True
    return is_first


def last_items(sequences: Sequences, missing: int) -> Int64[np.ndarray, " n_sequences"]:
    """Returns the last item of each sequence; `missing` for an empty one."""
    last = np.full(len(sequences), missing)
    filled = sequences.lengths > 0
    last[filled] = sequences.items[sequences.offsets[1:][filled] - 1]
    return last


def first_of_rows(
    rows: Int64[np.ndarray, " n_entries"], n: int, *keys: Num[np.ndarray, " n_entries"]
) -> Bool[np.ndarray, " n_entries"]:
    """Returns whether each entry is among the `n` lowest of its row by `keys`, the first of which is primary."""
    lengths = np.bincount(rows)
    kept = lengths[rows] <= n
    crowded = np.flatnonzero(~kept)
    order = crowded[np.lexsort([*(key[crowded] for key in reversed(keys)), rows[crowded]])]
    lengths = np.where(lengths > n, lengths, 0)
    ranks = np.arange(len(order)) - (np.cumsum(lengths) - lengths)[rows[order]]
    kept[order[ranks < n]] = True
    return np.asarray(kept)


def pieces(costs: Int64[np.ndarray, " n_rows"], budget: int) -> Iterator[tuple[int, int]]:
    """Yields consecutive ranges of rows that cost about `budget` each, at least one range; a row is never divided."""
    steps = np.cumsum(costs) // budget
    starts = np.flatnonzero(np.diff(steps, prepend=-1)) if len(steps) else np.zeros(1, np.int64)
    bounds = [*starts.tolist(), len(costs)]
    for piece in pairwise(bounds):
        stop.check()
        yield piece


def hashes(sequences: Sequences) -> UInt64[np.ndarray, " n_sequences"]:
    """Returns a hash of the content of each sequence: its items and their order."""
    events = scramble((sequences.ages.astype(np.uint64) << np.uint64(32)) | sequences.items.astype(np.uint64))
    summed = np.concatenate([np.zeros(1, np.uint64), np.cumsum(events, dtype=np.uint64)])
    return np.asarray(summed[sequences.offsets[1:]] - summed[sequences.offsets[:-1]])
