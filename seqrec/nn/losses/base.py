"""The base of all losses: a configuration that builds them, one signature, and a mean over the counted positions."""

from abc import ABC, abstractmethod

from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from seqrec.config import Config


class LossConfig(Config, ABC):
    """The configuration of a next-item loss, computed from scores over the catalogue."""

    @abstractmethod
    def build(self, n_items: int) -> "ItemLoss":
        """Returns the loss over a catalogue of `n_items`."""


class ItemLoss(nn.Module, ABC):
    """A loss of the scores `queries @ table.T + bias`. Random numbers come from PyTorch's global generator."""

    n_negatives: int | None = None
    """The number of negatives that are drawn and scored; None if the whole catalogue is scored."""

    @abstractmethod
    def forward(
        self,
        queries: Float[Tensor, "n_positions dim"],
        table: Float[Tensor, "n_items dim"],
        bias: Float[Tensor, " n_items"] | None,
        targets: Int64[Tensor, " n_positions"],
        counted: Bool[Tensor, " n_positions"] | None = None,
    ) -> Float[Tensor, ""]:
        """Returns the mean loss over the positions that are `counted`, or over all, in nats; zero if there is none.

        Positions that are not counted may have any target and any query, even NaN. They neither receive nor
        contribute a gradient. A loss must not wait for the device.
        """

    def observe(self, counts: Int64[Tensor, " n_items"]) -> None:
        """Takes the number of training events of each item, on the training device; does nothing by default."""


def blanked(
    queries: Float[Tensor, "n_positions dim"], counted: Bool[Tensor, " n_positions"] | None
) -> Float[Tensor, "n_positions dim"]:
    """Returns queries with zeros at positions that do not count, so that no NaN there reaches a product."""
    return queries if counted is None else queries.masked_fill(~counted[:, None], 0.0)


def n_counted(losses: Float[Tensor, " n_positions"], counted: Bool[Tensor, " n_positions"] | None) -> int | Tensor:
    """Returns the number of positions that the mean is over; at least one."""
    return max(1, len(losses)) if counted is None else counted.sum().clamp(min=1)


def mean_over(losses: Float[Tensor, " n_positions"], counted: Bool[Tensor, " n_positions"] | None) -> Float[Tensor, ""]:
    """Returns the mean over the positions that count; zero if there is none."""
    total = losses.sum() if counted is None else losses.masked_fill(~counted, 0.0).sum()
    return total / n_counted(losses, counted)
