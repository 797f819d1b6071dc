"""The widths of batches and their numbers of rows, such that every step has about the same number of targets.

The loss of a step is a mean over its targets. If every batch had the same number of rows, a target in a batch of
long rows would count for a tenth of one in a batch of short rows: SASRec on Beauty had an NDCG@10 of .050 that
way, and now has .057 (`docs/log.md`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64

Windows = Literal["last", "random", "prefixes"]
"""The parts of the sequences that become rows of batches; see `batches.Packed`."""

WIDTH_STEPS = {"cuda": 8}
"""Widths are multiples of this on devices on which a step is recorded for each width (`graphs.Graphs`)."""


def all_but_first(lengths: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Returns the number of targets in windows of these lengths if every item except the first is predicted."""
    return lengths - 1.0


def only_last(lengths: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Returns the number of targets in windows of these lengths if only the last item is predicted."""
    return np.ones(len(lengths))


@dataclass(frozen=True, slots=True)
class EpochPlan:
    """The way in which an epoch presents windows to a network."""

    passes: int
    """The number of times that an epoch shows each window."""
    n_targets: Callable[[Int64[np.ndarray, " n"]], Float64[np.ndarray, " n"]]
    """The mean number of targets in windows of these lengths, which are two or more."""


@dataclass(frozen=True, slots=True)
class FullBatch:
    """A full batch of one width."""

    n_rows: int
    width: int
    n_fitting: int
    """The number of windows of at most this width in an epoch; with fewer than `n_rows`, the batch is never full."""

    @property
    def shape(self) -> tuple[int, int]:
        """The rows and columns of the largest batch of this width that an epoch can have."""
        return min(self.n_rows, self.n_fitting), self.width


def widths_of(lengths: Int64[np.ndarray, " n"], max_len: int, kind: str) -> Int64[np.ndarray, " n"]:
    """Returns the widths of batches whose longest windows have these lengths: equal on a CPU, rounded up on a GPU.

    Args:
        lengths: The lengths of windows.
        max_len: The length of the longest possible window.
        kind: The type of the device.
    """
    step = WIDTH_STEPS.get(kind, 1)
    widths: Int64[np.ndarray, " n"] = np.clip(-(-lengths // step) * step, 1, max_len)
    return widths


def count_windows(
    sequence_lengths: Int64[np.ndarray, " n_sequences"], windows: Windows, max_len: int
) -> Int64[np.ndarray, " n_lengths"]:
    """Counts the windows of each length, from length 0 on, as in `batches.Packed`.

    Args:
        sequence_lengths: The number of events of each sequence.
        windows: The parts of the sequences that are windows.
        max_len: The length of the longest possible window.
    """
    counts = np.bincount(sequence_lengths, minlength=3)
    if windows == "prefixes":
        # A sequence has one prefix of each length from two up to its own.
        counts = np.concatenate([[0, 0], counts[:1:-1].cumsum()[::-1]])
    lengths = np.minimum(np.arange(len(counts)), max_len)
    return np.bincount(lengths, weights=counts, minlength=2).astype(np.int64)


def full_batches(
    n_windows: Int64[np.ndarray, " n_lengths"], epoch_plan: EpochPlan, batch_size: int, max_len: int, kind: str
) -> list[FullBatch]:
    """Returns the full batches of all widths, narrowest first, with about the same number of targets each.

    Args:
        n_windows: The number of windows of each length, from length 0 on.
        epoch_plan: The way in which an epoch presents them.
        batch_size: The number of rows if each has the mean number of targets; a batch of shorter rows has more.
        max_len: The length of the longest possible window.
        kind: The type of the device.
    """
    lengths = 2 + np.flatnonzero(n_windows[2:])
    widths, n_shown = widths_of(lengths, max_len, kind), n_windows[lengths]
    n_targets = n_shown * epoch_plan.n_targets(lengths)
    fulls = []
    for width in np.unique(widths).tolist():
        here = widths == width
        targets_a_row = float(n_targets[here].sum() / n_shown[here].sum())
        n_rows = round(batch_size * float(n_targets.sum() / n_shown.sum()) / targets_a_row)
        fulls.append(FullBatch(max(1, n_rows), width, epoch_plan.passes * int(n_shown[widths <= width].sum())))
    return fulls
