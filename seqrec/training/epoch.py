"""The pass over the batches of an epoch."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from seqrec.training.batches import Chosen
from seqrec.training.network import MeanLoss
from seqrec.types import OnStep, no_action

Learn = Callable[[Chosen], MeanLoss]
"""A function that learns from a batch and returns its loss."""


@dataclass(frozen=True, slots=True)
class StepLosses:
    """The losses of the steps of a pass, in order."""

    values: Float[Tensor, " n_steps"]
    """The mean loss over the positions of each step."""
    n_positions: Int64[Tensor, " n_steps"]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float:
        """The mean loss per predicted position."""
        return float((self.values.double() * self.n_positions).sum() / self.n_positions.sum())

    @property
    def first_bad(self) -> int | None:
        """The number of the first step whose loss is not finite, from 1; None if all are finite."""
        bad = (~self.values.isfinite()).nonzero()
        return int(bad[0, 0]) + 1 if len(bad) else None


NO_STEPS = StepLosses(torch.zeros(0), torch.zeros(0, dtype=torch.int64))


class EpochPass:
    """A pass that takes one step per batch, and that can be continued after any step.

    Losses stay on the device until they are asked for, so that no step waits for the one before.
    """

    def __init__(self, draws: AbstractContextManager[object], earlier: StepLosses = NO_STEPS) -> None:
        """Starts or continues a pass.

        Args:
            draws: A context that is entered around each step and sets the generator of dropout and masks.
            earlier: The losses of the steps that were taken before.
        """
        self._draws = draws
        self._earlier = earlier
        self._values: list[Tensor] = []
        self._counts: list[Tensor] = []

    @property
    def losses(self) -> StepLosses:
        """The losses of all steps so far."""
        if not self._values:
            return self._earlier
        values, counts = torch.stack(self._values).cpu().float(), torch.stack(self._counts).cpu().long()
        earlier = self._earlier
        return StepLosses(torch.cat([earlier.values, values]), torch.cat([earlier.n_positions, counts]))

    def run(self, learn: Learn, batches: Sequence[Chosen], on_step: OnStep = no_action) -> None:
        """Takes the steps that are missing.

        Args:
            learn: The function that learns from a batch.
            batches: All batches of the epoch, in order.
            on_step: Called after each step.
        """
        for done in range(len(self._earlier), len(batches)):
            with self._draws:
                loss = learn(batches[done])
            self._values.append(loss.value.detach())
            self._counts.append(torch.as_tensor(loss.n_positions))
            on_step(done + 1, len(batches))
