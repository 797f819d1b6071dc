"""The step of a training: forward pass, backward pass and update."""

from dataclasses import dataclass

import torch
from torch import nn

from seqrec.training.batches import Batch
from seqrec.training.device import Precision
from seqrec.training.distributed import ProcessGroup
from seqrec.training.network import MeanLoss, Network


@dataclass(frozen=True, slots=True)
class Step:
    """Updates a network by one batch.

    It never waits for a GPU, unless several processes train together.
    """

    network: Network
    optimiser: torch.optim.Optimizer
    clip_norm: float | None
    """The largest norm of the gradient over all parameters."""
    precision: Precision
    """The type of the matrix products."""
    group: ProcessGroup

    def __call__(self, batch: Batch) -> MeanLoss:
        """Learns from a batch that the processes of the group share; returns the loss of the whole batch."""
        self.optimiser.zero_grad()
        loss = self.group.combine(self.network, self._loss(batch))
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.clip_norm)
        self.optimiser.step()
        return loss

    def _loss(self, batch: Batch) -> MeanLoss:
        """Returns the loss of this process's part; afterwards the parameters hold its gradient."""
        if not len(batch.items):
            return MeanLoss(torch.zeros((), device=batch.items.device), 0)
        with torch.autocast(batch.items.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            loss = self.network.loss(batch)
        loss.value.backward()  # type: ignore[no-untyped-call]
        return MeanLoss(loss.value.detach(), loss.n_positions)
