"""What the engine trains: a module that knows its loss."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64, Num
from torch import Tensor, nn

from seqrec.training.batches import Batch
from seqrec.training.bucketing import EpochPlan, Windows, all_but_first, only_last
from seqrec.types import Sequences

BYTES_PER_OUTPUT = 10
"""A float32 number, and what activations, dropout, norms and residuals keep beside it; measured with
`benchmarks.memory`."""


class MeanLoss(NamedTuple):
    """Mean loss over the predicted positions of a batch, in nats, and how many there are."""

    value: Float[Tensor, ""]
    n_positions: int | Num[Tensor, ""]
    """A tensor where it is known on the device only."""


class Network(nn.Module, ABC):
    """A network over item sequences."""

    passes: int = 1
    """Times that an epoch shows every window; above 1 where each pass hides something else."""

    @property
    @abstractmethod
    def window(self) -> int:
        """Most recent events of a sequence that a training step looks at, targets included."""

    @abstractmethod
    def loss(self, batch: Batch) -> MeanLoss:
        """The training loss of a batch; what it draws, it draws from PyTorch's global generator."""

    def n_targets(self, lengths: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """Targets of `loss` in windows of these lengths, two or more, on average."""
        return all_but_first(lengths)

    def epoch_plan(self, windows: Windows) -> EpochPlan:
        """How an epoch shows windows: prefixes once, with one target, as there is nothing else to hide."""
        return EpochPlan(1, only_last) if windows == "prefixes" else EpochPlan(self.passes, self.n_targets)

    @property
    def matrices(self) -> list[nn.Parameter]:
        """Weights of dense and recurrent layers, which are no tables of embeddings."""
        tables = {id(module.weight) for module in self.modules() if isinstance(module, nn.Embedding)}
        return [parameter for parameter in self.parameters() if parameter.ndim > 1 and id(parameter) not in tables]

    def activation_bytes(self, n_rows: int, width: int) -> int:
        """About what a step keeps for its backward pass, without the loss; a network that knows better may say so.

        By default, `BYTES_PER_OUTPUT` for each output of a layer or an embedding at each position.

        Args:
            n_rows: Windows of the batch.
            width: Length of the longest of them.
        """
        dims = [module.embedding_dim for module in self.modules() if isinstance(module, nn.Embedding)]
        return BYTES_PER_OUTPUT * n_rows * width * (sum(dims) + sum(map(len, self.matrices)))

    def observe(self, sequences: Sequences) -> None:
        """Look at what a phase of training learns from, before its first batch."""
