"""The interface of networks for the engine: a module that knows its loss."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64, Num
from torch import Tensor, nn

from seqrec.training.batches import Batch
from seqrec.training.bucketing import EpochPlan, Windows, all_but_first, only_last
from seqrec.types import Sequences

BYTES_PER_OUTPUT = 10
"""The bytes of a float32 number, and of what activation functions, dropout, norms and residuals keep of it; measured
with `benchmarks.memory`."""


class MeanLoss(NamedTuple):
    """The mean loss over the predicted positions of a batch, in nats, and the number of positions."""

    value: Float[Tensor, ""]
    n_positions: int | Num[Tensor, ""]
    """The number of positions, as a tensor if only the device knows it."""


class Network(nn.Module, ABC):
    """A network over item sequences."""

    passes: int = 1
    """The number of times that an epoch shows each window; more than one if each pass masks different items."""

    @property
    @abstractmethod
    def window(self) -> int:
        """The number of most recent events of a sequence that a training step sees, including targets."""

    @abstractmethod
    def loss(self, batch: Batch) -> MeanLoss:
        """Returns the training loss of a batch. Random numbers come from PyTorch's global generator."""

    def n_targets(self, lengths: Int64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """Returns the mean number of targets of `loss` in windows of these lengths, which are two or more."""
        return all_but_first(lengths)

    def epoch_plan(self, windows: Windows) -> EpochPlan:
        """Returns how an epoch presents windows. Each prefix is shown once, since its only target is its last item."""
        return EpochPlan(1, only_last) if windows == "prefixes" else EpochPlan(self.passes, self.n_targets)

    @property
    def matrices(self) -> list[nn.Parameter]:
        """The weight matrices of dense and recurrent layers, without the tables of embeddings."""
        tables = {id(module.weight) for module in self.modules() if isinstance(module, nn.Embedding)}
        return [parameter for parameter in self.parameters() if parameter.ndim > 1 and id(parameter) not in tables]

    def activation_bytes(self, n_rows: int, width: int) -> int:
        """Estimates the memory that a step keeps for its backward pass, without the loss. A network may refine it.

        The default is `BYTES_PER_OUTPUT` for each output of a layer or an embedding at each position.

        Args:
            n_rows: The number of windows in the batch.
            width: The length of the longest window.
        """
        dims = [module.embedding_dim for module in self.modules() if isinstance(module, nn.Embedding)]
        return BYTES_PER_OUTPUT * n_rows * width * (sum(dims) + sum(map(len, self.matrices)))

    def observe(self, sequences: Sequences) -> None:
        """Looks at the data of a phase of training before its first batch; does nothing by default."""
