"""The pass over the batches of an epoch."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from seqrec.training.batches import Chosen
from seqrec.training.network import MeanLoss

Learn = Callable[[Chosen], MeanLoss]
"""A function that learns from a batch and returns its loss."""


@dataclass(frozen=True, slots=True)
class StepLosses:
    """The losses of all steps of a pass, in order."""

    values: Float[Tensor, " n_steps"]
    """The mean loss over the positions of each step."""
    n_positions: Int64[Tensor, " n_steps"]

    @property
    def mean(self) -> float:
        """The mean loss per predicted position."""
        return float((self.values.double() * self.n_positions).sum() / self.n_positions.sum())

    @property
    def first_bad(self) -> int | None:
        """The number of the first step whose loss is not finite, from 1; None if all are finite."""
        bad = (~self.values.isfinite()).nonzero()
        return int(bad[0, 0]) + 1 if len(bad) else None


def run_epoch(learn: Learn, batches: Iterable[Chosen], draws: AbstractContextManager[object]) -> StepLosses:
    """Takes one step per batch.

    Losses stay on the device until the end, so that no step waits for the one before.

    Args:
        learn: The function that learns from a batch.
        batches: The batches to learn from, in order.
        draws: A context that is entered around each step and sets the generator of dropout and masks.
    """
    values, counts = [], []
    for chosen in batches:
        with draws:
            loss = learn(chosen)
        values.append(loss.value.detach())
        counts.append(torch.as_tensor(loss.n_positions))
    return StepLosses(torch.stack(values).cpu().float(), torch.stack(counts).cpu().long())
