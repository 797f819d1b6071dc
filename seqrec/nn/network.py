"""The base of the networks of all models: item embeddings, and a head tied to them."""

from abc import abstractmethod

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from seqrec.nn.head import Head, transform_of
from seqrec.nn.losses.base import LossConfig
from seqrec.training.batches import Batch
from seqrec.training.network import MeanLoss, Network
from seqrec.types import Sequences


class ItemNetwork(Network):
    """A network whose output is a query for the item table: score = query . embedding + bias."""

    def __init__(self, n_items: int, dim: int, max_len: int, head: Head, loss: LossConfig) -> None:
        super().__init__()
        self.max_len = max_len
        self.items = nn.Embedding(n_items, dim)
        self.bias = nn.Parameter(torch.zeros(n_items)) if head.bias else None
        self.head = transform_of(head, dim)
        self.criterion = loss.build(n_items)

    @property
    def table(self) -> Float[Tensor, "n_items dim"]:
        """The item embeddings."""
        return self.items.weight

    @property
    def prompt_len(self) -> int:
        """The number of most recent items of a prompt that `queries` sees."""
        return self.max_len

    @abstractmethod
    def queries(self, batch: Batch) -> Float[Tensor, "n_rows dim"]:
        """Returns the query for the item that follows each row."""

    def observe(self, sequences: Sequences) -> None:
        """Passes the number of occurrences of each item to the loss."""
        counts = np.bincount(sequences.items, minlength=len(self.table))
        self.criterion.observe(torch.from_numpy(counts).to(self.table.device))

    def mean_loss(
        self,
        queries: Float[Tensor, "n_rows width dim"],
        targets: Int64[Tensor, "n_rows width"],
        counted: Bool[Tensor, "n_rows width"],
    ) -> MeanLoss:
        """Returns the loss of the targets at the positions that are counted."""
        if queries.device.type == "cpu":
            targets = targets[counted]
            return MeanLoss(self._criterion(queries[counted], targets, None), len(targets))
        # Selecting positions would wait for the device, and each step would have a different shape.
        value = self._criterion(queries.flatten(0, 1), targets.flatten(), counted.flatten())
        return MeanLoss(value, counted.sum())

    def last_loss(self, queries: Float[Tensor, "n_rows dim"], batch: Batch) -> MeanLoss:
        """Returns the loss of the last item of each row; no row is empty."""
        targets = batch.items.gather(1, batch.lengths[:, None] - 1)[:, 0]
        return MeanLoss(self._criterion(queries, targets, None), len(targets))

    def _criterion(
        self,
        queries: Float[Tensor, "n_positions dim"],
        targets: Int64[Tensor, " n_positions"],
        counted: Bool[Tensor, " n_positions"] | None,
    ) -> Float[Tensor, ""]:
        value: Tensor = self.criterion(queries, self.table, self.bias, targets, counted)
        return value


class NextItemNetwork(ItemNetwork):
    """A network that reads left to right and predicts the next item at each position."""

    @property
    def window(self) -> int:
        """One more than the length of the input, for the target of the last position."""
        return self.max_len + 1

    @abstractmethod
    def states(
        self, items: Int64[Tensor, "n_rows width"], lengths: Int64[Tensor, " n_rows"]
    ) -> Float[Tensor, "n_rows width dim"]:
        """Returns the hidden state at each position, which depends only on the items up to it."""

    def loss(self, batch: Batch) -> MeanLoss:
        """Returns the loss of every item except the first, or of the last item alone, given the items before."""
        lengths = batch.lengths - 1
        states = self.states(batch.items[:, :-1], lengths)
        if batch.only_last:
            return self.last_loss(self.head(at_end(states, lengths)), batch)
        return self.mean_loss(self.head(states), batch.items[:, 1:], batch.real[:, 1:])

    def queries(self, batch: Batch) -> Float[Tensor, "n_rows dim"]:
        """Returns the transformed state at the last item of each row; zero for an empty row."""
        last = at_end(self.states(batch.items, batch.lengths), batch.lengths)
        queries: Tensor = self.head(last) * (batch.lengths > 0)[:, None]
        return queries


def at_end(states: Float[Tensor, "n_rows width dim"], lengths: Int64[Tensor, " n_rows"]) -> Float[Tensor, "n_rows dim"]:
    """Returns the state at the last item of each row; an arbitrary state for an empty row."""
    return states[torch.arange(len(states), device=states.device), (lengths - 1).clamp(min=0)]
