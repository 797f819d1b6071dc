"""Distributed training: processes that train one network together, each on its part of every batch."""

from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from seqrec.training.batches import Chosen
from seqrec.training.network import MeanLoss


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """One of the processes that `torchrun` started, or the only one.

    All processes draw the same order of sequences and hold the same weights. Gradients are summed before each update,
    so a step equals that of one process with the whole batch, except for rounding and for the draws of dropout and
    masks.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def here(cls) -> "ProcessGroup":
        """Returns the place of this process in PyTorch's process group; the only one if there is no group."""
        if not distributed.is_initialized():
            return cls()
        return cls(distributed.get_rank(), distributed.get_world_size())

    @property
    def own(self) -> tuple[int, ...]:
        """An addition to the seeds of draws that differ between processes; empty for a single process."""
        return (self.rank,) if self.size > 1 else ()

    def part(self, chosen: Chosen) -> Chosen:
        """Returns the rows of a batch for this process; none if there are more processes than rows."""
        return Chosen(chosen.rows[self.rank :: self.size], chosen.width)

    def combine(self, network: nn.Module, loss: MeanLoss) -> MeanLoss:
        """Gives every process the gradient of the loss over the whole batch, and returns that loss.

        Args:
            network: Its parameters hold the gradients of this process; a missing one counts as zero.
            loss: The loss of this process.
        """
        if self.size == 1:
            return loss
        n_positions = torch.as_tensor(loss.n_positions, device=loss.value.device, dtype=torch.float64)
        total = torch.stack([loss.value.detach().double() * n_positions, n_positions])
        distributed.all_reduce(total)
        share = float(n_positions / total[1])
        _add_up([_gradient(parameter).mul_(share) for parameter in network.parameters()])
        return MeanLoss((total[0] / total[1]).to(loss.value.dtype), total[1])


def _gradient(parameter: nn.Parameter) -> Tensor:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _add_up(gradients: list[Tensor]) -> None:
    """Sums each gradient over all processes, in place and concurrently."""
    waiting = [distributed.all_reduce(gradient, async_op=True) for gradient in gradients]
    for work in waiting:
        work.wait()
