"""What every loss has: a configuration that builds it, one signature, and a mean over the positions that count."""

from abc import ABC, abstractmethod

from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from seqrec.config import Config


class LossConfig(Config, ABC):
    """A loss of the next item, by scores over the catalogue."""

    @abstractmethod
    def build(self, n_items: int) -> "ItemLoss":
        """The loss over a catalogue of `n_items`."""


class ItemLoss(nn.Module, ABC):
    """A loss of scores `queries @ table.T + bias`; what it draws, it draws from PyTorch's global generator."""

    n_negatives: int | None = None
    """Items that are drawn to be scored beside the target; None where the whole catalogue is scored."""

    @abstractmethod
    def forward(
        self,
        queries: Float[Tensor, "n_positions dim"],
        table: Float[Tensor, "n_items dim"],
        bias: Float[Tensor, " n_items"] | None,
        targets: Int64[Tensor, " n_positions"],
        counted: Bool[Tensor, " n_positions"] | None = None,
    ) -> Float[Tensor, ""]:
        """Mean over the positions that are `counted`, or over all, in nats; zero if there is none.

        Positions that are not counted have any item as their target and any query, even one that is no number. They
        get no gradient and give none. Nothing here waits for the device.
        """

    def observe(self, counts: Int64[Tensor, " n_items"]) -> None:
        """Take the training events of each item, on the device that trains."""


def blanked(
    queries: Float[Tensor, "n_positions dim"], counted: Bool[Tensor, " n_positions"] | None
) -> Float[Tensor, "n_positions dim"]:
    """Queries with zeros where they do not count, so that nothing they hold can reach a product."""
    return queries if counted is None else queries.masked_fill(~counted[:, None], 0.0)


def n_counted(losses: Float[Tensor, " n_positions"], counted: Bool[Tensor, " n_positions"] | None) -> int | Tensor:
    """Positions that a mean is over, and one if there is none."""
    return max(1, len(losses)) if counted is None else counted.sum().clamp(min=1)


def mean_over(losses: Float[Tensor, " n_positions"], counted: Bool[Tensor, " n_positions"] | None) -> Float[Tensor, ""]:
    """Mean over the positions that count; zero if there is none."""
    total = losses.sum() if counted is None else losses.masked_fill(~counted, 0.0).sum()
    return total / n_counted(losses, counted)
