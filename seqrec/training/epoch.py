"""One pass over batches: forward, backward, step."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from seqrec.training.batches import Batch
from seqrec.training.device import Precision
from seqrec.training.network import Network


@dataclass(frozen=True, slots=True)
class StepLosses:
    """What each step of a pass gave, in order."""

    values: Float[Tensor, " n_steps"]
    """Mean loss over the positions of the step."""
    n_positions: Int64[Tensor, " n_steps"]

    @property
    def mean(self) -> float:
        """Mean loss per predicted position."""
        return float((self.values.double() * self.n_positions).sum() / self.n_positions.sum())

    @property
    def first_bad(self) -> int | None:
        """The first step whose loss is not finite, counted from 1."""
        bad = (~self.values.isfinite()).nonzero()
        return int(bad[0, 0]) + 1 if len(bad) else None


def run_epoch(
    network: Network,
    batches: Iterable[Batch],
    optimiser: torch.optim.Optimizer,
    *,
    clip_norm: float | None,
    precision: Precision,
) -> StepLosses:
    """Take one step per batch.

    Losses stay on the device until the end, so that no step waits for the one before.
    """
    network.train()
    values, counts = [], []
    for batch in batches:
        with torch.autocast(batch.items.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
            loss = network.loss(batch)
        optimiser.zero_grad()
        loss.value.backward()  # type: ignore[no-untyped-call]
        if clip_norm is not None:
            nn.utils.clip_grad_norm_(network.parameters(), clip_norm)
        optimiser.step()
        values.append(loss.value.detach())
        counts.append(loss.n_positions)
    network.eval()
    return StepLosses(torch.stack(values).cpu().float(), torch.tensor(counts))
