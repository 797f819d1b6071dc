"""The processes that train one network together, each on its part of every batch."""

from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from seqrec.training.batches import Chosen
from seqrec.training.network import MeanLoss


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """One of the processes that `torchrun` started, or the only one.

    All of them draw the same order of sequences and hold the same weights: gradients are added up before each update,
    so that a step is that of one process with the whole batch, but for rounding and for what dropout and masks draw.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def here(cls) -> "ProcessGroup":
        """What PyTorch's process group says; alone where there is none."""
        if not distributed.is_initialized():
            return cls()
        return cls(distributed.get_rank(), distributed.get_world_size())

    @property
    def own(self) -> tuple[int, ...]:
        """What the seeds of this process' own draws have besides; nothing where it is the only one."""
        return (self.rank,) if self.size > 1 else ()

    def part(self, chosen: Chosen) -> Chosen:
        """This process' sequences of a batch; none where there are more processes than sequences."""
        return Chosen(chosen.rows[self.rank :: self.size], chosen.width)

    def combine(self, network: nn.Module, loss: MeanLoss) -> MeanLoss:
        """Give every process the gradient of the loss over all parts, and return that loss.

        Args:
            network: Its parameters hold the gradients of this process; none counts as zero.
            loss: That of this process.
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
    """Sum each gradient over all processes, in place; the sums of many run at the same time."""
    waiting = [distributed.all_reduce(gradient, async_op=True) for gradient in gradients]
    for work in waiting:
        work.wait()
