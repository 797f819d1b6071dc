"""Sequences packed on the device once; batches are gathered there, with no work per sample in Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from seqrec.types import Sequences

BUCKET_BATCHES = 32
"""Batches whose sequences are sorted by length together: enough to leave little padding, few enough that a
batch still mixes sequences from all over the data."""
WIDTH_STEPS = {"cuda": 8}
"""Widths are multiples of this many columns where a step is recorded for each width and replayed (`graphs.Graphs`)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The last items of some sequences, oldest first; what follows the end of a shorter one is padding."""

    items: Int64[Tensor, "n_rows width"]
    """Item 0 stands in for padding: every network masks it, so that no padding embedding is needed."""
    lengths: Int64[Tensor, " n_rows"]

    @property
    def real(self) -> Bool[Tensor, "n_rows width"]:
        """Where there is an item and not padding."""
        return torch.arange(self.items.shape[1], device=self.items.device) < self.lengths[:, None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sequences of a batch that is yet to be gathered."""

    rows: Int64[Tensor, " n_rows"]
    width: int
    """At least the length of the longest of them."""


class Packed:
    """Windows on at most `max_len` events of each sequence, held on one device."""

    def __init__(
        self, sequences: Sequences, max_len: int, device: torch.device, windows: Literal["last", "random"] = "last"
    ) -> None:
        """Bring sequences to a device.

        Args:
            sequences: What batches are made of.
            max_len: Events of a window.
            device: Where batches are gathered.
            windows: The window of a longer sequence: its last events, or a stretch that is drawn from PyTorch's global
                generator each time the sequence is in a batch.
        """
        lengths = np.minimum(sequences.lengths, max_len)
        self.lengths: Int64[np.ndarray, " n_sequences"] = lengths
        self.device = device
        self._max_len = max_len
        self._items = torch.from_numpy(sequences.items.astype(np.int64)).to(device)
        self._lengths = torch.from_numpy(lengths).to(device)
        self._starts = torch.from_numpy(sequences.offsets[1:] - lengths).to(device)
        earlier = torch.from_numpy(sequences.lengths - lengths).to(device)
        self._earlier = earlier if windows == "random" and bool(earlier.any()) else None

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, chosen: Chosen) -> Batch:
        """The windows of the chosen sequences; nothing here waits for the device."""
        lengths, starts = self._lengths[chosen.rows], self._starts[chosen.rows]
        if self._earlier is not None:
            starts = starts - _up_to(self._earlier[chosen.rows])
        columns = torch.arange(chosen.width, device=self.device)
        real = columns < lengths[:, None]
        events = torch.where(real, starts[:, None] + columns, 0)
        items = self._items[events] if len(self._items) else events
        return Batch(torch.where(real, items, 0), lengths)

    def epoch(self, batch_size: int, passes: int, rng: np.random.Generator) -> Iterator[Chosen]:
        """Every sequence of two events or more, `passes` times, in random batches of like lengths."""
        rows = rng.permutation(np.repeat(np.flatnonzero(self.lengths >= 2), passes))
        buckets = np.array_split(rows, range(batch_size * BUCKET_BATCHES, len(rows), batch_size * BUCKET_BATCHES))
        rows = np.concatenate([bucket[np.argsort(self.lengths[bucket], kind="stable")] for bucket in buckets])
        yield from self._chosen(rows, batch_size * rng.permutation(-(-len(rows) // batch_size)), batch_size)

    def in_order_of_length(self, batch_size: int) -> Iterator[tuple[Int64[np.ndarray, " n_rows"], Batch]]:
        """Every sequence once, in batches of like lengths, each with the rows that it holds."""
        rows = np.argsort(self.lengths, kind="stable")
        starts = np.arange(0, len(rows), batch_size)
        for start, chosen in zip(starts, self._chosen(rows, starts, batch_size), strict=True):
            yield rows[start : start + batch_size], self.batch(chosen)

    def width(self, longest: int) -> int:
        """The width of a batch whose longest window is `longest`: one of a few on a GPU, none too wide elsewhere."""
        step = WIDTH_STEPS.get(self.device.type, 1)
        return max(1, min(self._max_len, -(-longest // step) * step))

    def _chosen(
        self, rows: Int64[np.ndarray, " n_shown"], starts: Int64[np.ndarray, " n_batches"], batch_size: int
    ) -> Iterator[Chosen]:
        # All at once: a copy for every batch would make the device wait.
        on_device = torch.from_numpy(rows).to(self.device)
        for start in starts.tolist():
            part = slice(start, start + batch_size)
            yield Chosen(on_device[part], self.width(int(self.lengths[rows[part]].max(initial=0))))


def _up_to(limits: Int64[Tensor, " n"]) -> Int64[Tensor, " n"]:
    """A uniform whole number from 0 to each limit."""
    drawn = (torch.rand(len(limits), device=limits.device, dtype=torch.float64) * (limits + 1)).long()
    return torch.minimum(drawn, limits)
