"""The base of the networks of all models: item embeddings, and a head tied to them."""

from abc import abstractmethod

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from seqrec.nn.head import Head, transform_of
from seqrec.nn.item_table import ItemTable
from seqrec.nn.losses.base import LossConfig
from seqrec.training.batches import Batch
from seqrec.training.network import MeanLoss, Network
from seqrec.types import Sequences

OUT_OF_REACH = -1e9
"""A bias that no product outweighs; it is finite, since its product with zero must be zero."""


class ItemNetwork(Network):
    """A network whose output is a query for the item table: score = query . embedding + bias."""

    untrained: Bool[Tensor, " n_items"] | None = None
    """The items that training never shows, if the item table has a meaning for them; the loss leaves them out."""

    def __init__(self, items: ItemTable, max_len: int, head: Head, loss: LossConfig) -> None:
        super().__init__()
        self.max_len = max_len
        self.items = items
        self.bias = nn.Parameter(torch.zeros(items.num_embeddings)) if head.bias else None
        self.head = transform_of(head, items.embedding_dim)
        self.criterion = loss.build(items.num_embeddings)

    @property
    def n_items(self) -> int:
        """The number of items."""
        return self.items.num_embeddings

    @property
    def table(self) -> Float[Tensor, "n_items dim"]:
        """The item embeddings."""
        return self.items.table

    def train(self, mode: bool = True) -> "ItemNetwork":  # noqa: FBT001, FBT002 - PyTorch's signature
        """Switches between training and answering, in which items without training have the mean bias of the others."""
        if not mode and self.untrained is not None and self.bias is not None:
            with torch.no_grad():
                self.bias[self.untrained] = self.bias[~self.untrained].mean()
        return super().train(mode)

    @property
    def prompt_len(self) -> int:
        """The number of most recent items of a prompt that `queries` sees."""
        return self.max_len

    @abstractmethod
    def queries(self, batch: Batch) -> Float[Tensor, "n_rows dim"]:
        """Returns the query for the item that follows each row."""

    def observe(self, sequences: Sequences) -> None:
        """Passes the number of occurrences of each item to the loss, and keeps in mind which have none."""
        counts = torch.from_numpy(np.bincount(sequences.items, minlength=self.n_items))
        counts = counts.to(next(self.parameters()).device)
        self.criterion.observe(counts)
        if self.items.covers_untrained:
            untrained = counts == 0
            self.untrained = untrained if untrained.any() else None

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
        value: Tensor = self.criterion(queries, self.table, self._training_bias(), targets, counted)
        return value

    def _training_bias(self) -> Float[Tensor, " n_items"] | None:
        """Returns the bias, with a very low one for items that training never shows.

        As negatives they would learn, by their texts, that nobody wants them.
        """
        if self.untrained is None:
            return self.bias
        bias = self.table.new_zeros(self.n_items) if self.bias is None else self.bias
        return bias.masked_fill(self.untrained, OUT_OF_REACH)


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
