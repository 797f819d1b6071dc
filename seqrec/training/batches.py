"""Sequences packed on the device once; batches are gathered there, with no work per sample in Python."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from seqrec.types import Sequences

BUCKET_BATCHES = 32
"""Batches whose sequences are sorted by length together: enough to leave little padding, few enough that a
batch still mixes sequences from all over the data."""


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


class Packed:
    """Windows on the last `max_len` events of each sequence, held on one device."""

    def __init__(self, sequences: Sequences, max_len: int, device: torch.device) -> None:
        lengths = np.minimum(sequences.lengths, max_len)
        self.lengths: Int64[np.ndarray, " n_sequences"] = lengths
        self._items = torch.from_numpy(sequences.items.astype(np.int64)).to(device)
        self._lengths = torch.from_numpy(lengths).to(device)
        self._starts = torch.from_numpy(sequences.offsets[1:] - lengths).to(device)

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, rows: Int64[np.ndarray, " n_rows"]) -> Batch:
        """The windows of the sequences `rows`, padded only to the longest of them."""
        width = max(1, int(self.lengths[rows].max(initial=0)))
        on_device = torch.from_numpy(rows).to(self._items.device)
        lengths = self._lengths[on_device]
        columns = torch.arange(width, device=self._items.device)
        real = columns < lengths[:, None]
        events = torch.where(real, self._starts[on_device][:, None] + columns, 0)
        items = self._items[events] if len(self._items) else events
        return Batch(torch.where(real, items, 0), lengths)

    def epoch(self, batch_size: int, passes: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Every sequence of two events or more, `passes` times, in random batches of like lengths."""
        rows = rng.permutation(np.repeat(np.flatnonzero(self.lengths >= 2), passes))
        buckets = np.array_split(rows, range(batch_size * BUCKET_BATCHES, len(rows), batch_size * BUCKET_BATCHES))
        rows = np.concatenate([bucket[np.argsort(self.lengths[bucket], kind="stable")] for bucket in buckets])
        for start in batch_size * rng.permutation(-(-len(rows) // batch_size)):
            yield self.batch(rows[start : start + batch_size])

    def in_order_of_length(self, batch_size: int) -> Iterator[tuple[Int64[np.ndarray, " n_rows"], Batch]]:
        """Every sequence once, in batches of like lengths, each with the rows that it holds."""
        rows = np.argsort(self.lengths, kind="stable")
        for start in range(0, len(rows), batch_size):
            taken = rows[start : start + batch_size]
            yield taken, self.batch(taken)
