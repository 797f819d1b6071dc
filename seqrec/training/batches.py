"""Batches of sequences, which are copied to the device once and gathered there without Python code for each sample."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from seqrec.training.bucketing import EpochPlan, FullBatch, Windows, full_batches, widths_of
from seqrec.types import Sequences

BUCKET_BATCHES = 32
"""The number of batches whose windows are sorted by width together: enough to leave little padding, and few enough
that a batch still mixes sequences from all over the data."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The windows of some sequences, oldest items first. Shorter ones are padded at the end."""

    items: Int64[Tensor, "n_rows width"]
    """The items; padding is item 0. Every network masks it, so no embedding is needed for it."""
    lengths: Int64[Tensor, " n_rows"]
    only_last: bool = False
    """Whether the last item is the only target of a row, because the other items are targets of other rows."""

    @property
    def real(self) -> Bool[Tensor, "n_rows width"]:
        """True where there is an item, false where there is padding."""
        return torch.arange(self.items.shape[1], device=self.items.device) < self.lengths[:, None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The windows of a batch that has not been gathered yet."""

    rows: Int64[Tensor, " n_rows"]
    width: int
    """The number of columns, at least the length of the longest window."""


class Packed:
    """The windows of at most `max_len` events of sequences, held on one device."""

    def __init__(self, sequences: Sequences, max_len: int, device: torch.device, windows: Windows = "last") -> None:
        """Copies sequences to a device.

        Args:
            sequences: The sequences that batches consist of.
            max_len: The largest number of events in a window.
            device: The device on which batches are gathered.
            windows: With `last`, the last events of each sequence. With `random`, a stretch of each longer
                sequence, drawn from PyTorch's global generator each time the sequence is in a batch. With
                `prefixes`, a window for each event but the first: that event and the events before it.
        """
        self._only_last = windows == "prefixes"
        ends, n_before = _ends(sequences) if self._only_last else (sequences.offsets[1:], sequences.lengths)
        lengths = np.minimum(n_before, max_len)
        self.lengths: Int64[np.ndarray, " n_windows"] = lengths
        self.device = device
        self._max_len = max_len
        self._items = torch.from_numpy(sequences.items.astype(np.int64)).to(device)
        self._lengths = torch.from_numpy(lengths).to(device)
        self._starts = torch.from_numpy(ends - lengths).to(device)
        earlier = torch.from_numpy(n_before - lengths).to(device)
        self._earlier = earlier if windows == "random" and bool(earlier.any()) else None

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, chosen: Chosen) -> Batch:
        """Gathers the chosen windows, without waiting for the device."""
        lengths, starts = self._lengths[chosen.rows], self._starts[chosen.rows]
        if self._earlier is not None:
            starts = starts - _up_to(self._earlier[chosen.rows])
        columns = torch.arange(chosen.width, device=self.device)
        real = columns < lengths[:, None]
        events = torch.where(real, starts[:, None] + columns, 0)
        items = self._items[events] if len(self._items) else events
        return Batch(torch.where(real, items, 0), lengths, self._only_last)

    def epoch(self, batch_size: int, epoch_plan: EpochPlan, rng: np.random.Generator) -> list[Chosen]:
        """Returns all windows of two events or more, each `epoch_plan.passes` times, in random, bucketed batches."""
        return list(self._chosen(self._parts(batch_size, epoch_plan, rng)))

    def full_batches(self, batch_size: int, epoch_plan: EpochPlan) -> list[FullBatch]:
        """Returns the full batches of an epoch, from the narrowest to the widest."""
        n_windows = np.bincount(self.lengths, minlength=2)
        return full_batches(n_windows, epoch_plan, batch_size, self._max_len, self.device.type)

    def chosen_like(self, full: FullBatch) -> Chosen:
        """Returns a batch of this shape, which repeats one window of full width."""
        n_rows, width = full.shape
        row = int(np.argmax((self.lengths >= 2) & (self.widths(self.lengths) == width)))
        return Chosen(torch.full((n_rows,), row, device=self.device), width)

    def in_order_of_length(self, batch_size: int) -> Iterator[tuple[Int64[np.ndarray, " n_rows"], Batch]]:
        """Yields all windows once, in batches of similar lengths, each with the indices of its rows."""
        rows = np.argsort(self.lengths, kind="stable")
        parts = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
        for part, chosen in zip(parts, self._chosen(parts), strict=True):
            yield part, self.batch(chosen)

    def widths(self, lengths: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Returns the width of a batch whose longest window has each of these lengths."""
        return widths_of(lengths, self._max_len, self.device.type)

    def _parts(
        self, batch_size: int, epoch_plan: EpochPlan, rng: np.random.Generator
    ) -> list[Int64[np.ndarray, " n_rows"]]:
        """Yields the windows of each batch of an epoch, in random order."""
        rows = rng.permutation(np.repeat(np.flatnonzero(self.lengths >= 2), epoch_plan.passes))
        full = {batch.width: batch.n_rows for batch in self.full_batches(batch_size, epoch_plan)}
        parts = list(self._cut(rows, full, batch_size * BUCKET_BATCHES))
        return [parts[place] for place in rng.permutation(len(parts))]

    def _cut(
        self, rows: Int64[np.ndarray, " n_shown"], full: dict[int, int], n_bucket: int
    ) -> Iterator[Int64[np.ndarray, " n_rows"]]:
        """Yields full batches, each as wide as its first row, and a last one with the remaining rows."""
        waiting = rows[:0]
        for start in range(0, len(rows), n_bucket):
            bucket = np.concatenate([waiting, rows[start : start + n_bucket]])
            widths = self.widths(self.lengths[bucket])
            order = np.argsort(-widths, kind="stable")
            waiting, widths = bucket[order], widths[order]
            while len(waiting) and len(waiting) >= (n_rows := full[int(widths[0])]):
                yield waiting[:n_rows]
                waiting, widths = waiting[n_rows:], widths[n_rows:]
        if len(waiting):
            yield waiting

    def _chosen(self, parts: list[Int64[np.ndarray, " _"]]) -> Iterator[Chosen]:
        # One copy serves all batches: the device would wait for each of many copies.
        on_device = torch.from_numpy(np.concatenate([*parts, np.zeros(0, np.int64)])).to(self.device)
        widths = self.widths(np.array([self.lengths[part].max() for part in parts], np.int64)).tolist()
        edges = list(pairwise(accumulate(map(len, parts), initial=0)))
        # An epoch is long, so its order is not held twice.
        del parts
        for (start, stop), width in zip(edges, widths, strict=True):
            yield Chosen(on_device[start:stop], width)


def _ends(sequences: Sequences) -> tuple[Int64[np.ndarray, " n_windows"], Int64[np.ndarray, " n_windows"]]:
    """Returns the end of each prefix of two events or more, and its number of events."""
    lengths = sequences.lengths
    places = np.arange(sequences.n_events) - np.repeat(sequences.offsets[:-1], lengths)
    ends = np.flatnonzero(places) + 1
    return ends, places[ends - 1] + 1


def _up_to(limits: Int64[Tensor, " n"]) -> Int64[Tensor, " n"]:
    """Draws a uniform integer from 0 to each limit, both included."""
    drawn = (torch.rand(len(limits), device=limits.device, dtype=torch.float64) * (limits + 1)).long()
    return torch.minimum(drawn, limits)
