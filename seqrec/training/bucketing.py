"""How wide batches are, and how many rows go with a width, so that all steps learn from about as many targets.

With as many rows whatever their length, a target among long rows would count for a tenth of one among short rows, as
the loss of a step is a mean: SASRec on Beauty had an NDCG@10 of .050 so, and has .057 (`docs/log.md`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64

Windows = Literal["last", "random", "prefixes"]
"""Which stretches of the sequences are rows of batches; see `batches.Packed`."""

WIDTH_STEPS = {"cuda": 8}
"""Widths are multiples of this many columns where a step is recorded for each width and replayed (`graphs.Graphs`)."""


def all_but_first(lengths: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Targets in windows of these lengths, where every item is predicted from those before it."""
    return lengths - 1.0


def only_last(lengths: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Targets in windows of these lengths, where the last item alone is predicted."""
    return np.ones(len(lengths))


@dataclass(frozen=True, slots=True)
class EpochPlan:
    """How an epoch shows windows to a network."""

    passes: int
    """Times that it shows each."""
    n_targets: Callable[[Int64[np.ndarray, " n"]], Float64[np.ndarray, " n"]]
    """Targets in windows of these lengths, two or more, on average."""


@dataclass(frozen=True, slots=True)
class FullBatch:
    """A full batch of one width."""

    n_rows: int
    width: int
    n_fitting: int
    """Windows that an epoch shows and that are no wider: where they are fewer than its rows, there is no such batch."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the largest batch of this width that an epoch can have."""
        return min(self.n_rows, self.n_fitting), self.width


def widths_of(lengths: Int64[np.ndarray, " n"], max_len: int, kind: str) -> Int64[np.ndarray, " n"]:
    """The width of a batch whose longest window has each of these lengths: one of a few on a GPU, as long elsewhere.

    Args:
        lengths: Of windows.
        max_len: Of the longest possible.
        kind: Type of the device.
    """
    step = WIDTH_STEPS.get(kind, 1)
    widths: Int64[np.ndarray, " n"] = np.clip(-(-lengths // step) * step, 1, max_len)
    return widths


def count_windows(
    sequence_lengths: Int64[np.ndarray, " n_sequences"], windows: Windows, max_len: int
) -> Int64[np.ndarray, " n_lengths"]:
    """How many windows there are, by their length from none on, as `batches.Packed` has them.

    Args:
        sequence_lengths: Events of each sequence.
        windows: Which stretches of the sequences are windows.
        max_len: Of the longest window possible.
    """
    counts = np.bincount(sequence_lengths, minlength=3)
    if windows == "prefixes":
        # A sequence has one prefix of every length from two up to its own.
        counts = np.concatenate([[0, 0], counts[:1:-1].cumsum()[::-1]])
    lengths = np.minimum(np.arange(len(counts)), max_len)
    return np.bincount(lengths, weights=counts, minlength=2).astype(np.int64)


def full_batches(
    n_windows: Int64[np.ndarray, " n_lengths"], epoch_plan: EpochPlan, batch_size: int, max_len: int, kind: str
) -> list[FullBatch]:
    """The full batches of all widths, from narrow to wide, each with about as many targets.

    Args:
        n_windows: How many windows there are, by their length from none on.
        epoch_plan: How they are shown.
        batch_size: Rows of a batch with the mean number of targets for each; more where rows have fewer.
        max_len: Of the longest window possible.
        kind: Type of the device.
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
