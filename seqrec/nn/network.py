"""What the networks of all models have in common: item embeddings, and a head tied to them."""

from abc import abstractmethod

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from seqrec.nn.head import Head, transform_of
from seqrec.nn.losses import linear_cross_entropy
from seqrec.training.batches import Batch
from seqrec.training.network import MeanLoss, Network


class ItemNetwork(Network):
    """A network whose output is a query for the item table: score = query . embedding + bias."""

    def __init__(self, n_items: int, dim: int, max_len: int, head: Head) -> None:
        super().__init__()
        self.max_len = max_len
        self.items = nn.Embedding(n_items, dim)
        self.bias = nn.Parameter(torch.zeros(n_items)) if head.bias else None
        self.head = transform_of(head, dim)

    @property
    def table(self) -> Float[Tensor, "n_items dim"]:
        """The item embeddings."""
        return self.items.weight

    @property
    def prompt_len(self) -> int:
        """Most recent items of a prompt that `queries` looks at."""
        return self.max_len

    @abstractmethod
    def queries(self, batch: Batch) -> Float[Tensor, "n_rows dim"]:
        """The query for what follows each row."""

    def cross_entropy(
        self, queries: Float[Tensor, "n_positions dim"], targets: Int64[Tensor, " n_positions"]
    ) -> MeanLoss:
        """Softmax cross-entropy of the targets over the whole catalogue."""
        return MeanLoss(linear_cross_entropy(queries, self.table, self.bias, targets), len(targets))


class NextItemNetwork(ItemNetwork):
    """A network that reads left to right and predicts at every position the item after it."""

    @property
    def window(self) -> int:
        """One more than the input, for the last position's target."""
        return self.max_len + 1

    @abstractmethod
    def states(
        self, items: Int64[Tensor, "n_rows width"], lengths: Int64[Tensor, " n_rows"]
    ) -> Float[Tensor, "n_rows width dim"]:
        """Hidden state at each position, which knows only the items up to it."""

    def loss(self, batch: Batch) -> MeanLoss:
        """Cross-entropy of every item but the first, given those before it."""
        predicted: Bool[Tensor, "n_rows width"] = batch.real[:, 1:]
        queries = self.head(self.states(batch.items[:, :-1], batch.lengths - 1))
        return self.cross_entropy(queries[predicted], batch.items[:, 1:][predicted])

    def queries(self, batch: Batch) -> Float[Tensor, "n_rows dim"]:
        """The state at the last item of each row; zero, which asks for nothing, where a row is empty."""
        states = self.states(batch.items, batch.lengths)
        last = states[torch.arange(len(states), device=states.device), (batch.lengths - 1).clamp(min=0)]
        queries: Tensor = self.head(last) * (batch.lengths > 0)[:, None]
        return queries
