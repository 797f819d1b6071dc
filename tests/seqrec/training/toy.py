"""A tiny network for tests of the engine that need no particular model."""

import torch
from torch import nn

from seqrec.nn.dropout import Dropout
from seqrec.training.batches import Batch
from seqrec.training.network import MeanLoss, Network


class Successor(Network):
    """A network that scores the next item from the last one only; its dropout draws random numbers."""

    def __init__(self, n_items: int = 12, dim: int = 4, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.items = nn.Embedding(n_items, dim)
        self.hidden = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(0.2)
        self.out = nn.Linear(dim, n_items)

    @property
    def window(self) -> int:
        return 6

    def loss(self, batch: Batch) -> MeanLoss:
        predicted = batch.real[:, 1:]
        hidden = self.norm(self.hidden(self.dropout(self.items(batch.items[:, :-1]))))
        logits = self.out(hidden)[predicted]
        targets = batch.items[:, 1:][predicted]
        return MeanLoss(nn.functional.cross_entropy(logits.float(), targets), len(targets))


class Diverging(Successor):
    """A network whose loss becomes NaN in the step after `after`."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def loss(self, batch: Batch) -> MeanLoss:
        loss = super().loss(batch)
        self.left -= 1
        return loss if self.left >= 0 else MeanLoss(loss.value * torch.nan, loss.n_positions)
