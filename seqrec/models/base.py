"""What a model is to the rest of the program."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from seqrec.config import Config
from seqrec.text.source import VectorSource
from seqrec.training.footprint import Footprint
from seqrec.types import EpochReport, Run, Sequences, Split, State, Vectors


class ModelConfig(Config):
    """What is learnt, and how. One model is one file with one `Config`."""

    name: str

    @property
    def vector_source(self) -> VectorSource | None:
        """The item vectors that the model needs."""
        return None

    @property
    def vector_dim(self) -> int | None:
        """The width that those vectors must have; None if any will do."""
        return None

    @property
    def stochastic(self) -> bool:
        """Whether another seed gives another model; if not, one seed is enough."""
        return False

    @abstractmethod
    def build(self, n_items: int) -> "Recommender":
        """An unfitted model over `n_items` encoded items."""


class Recommender(ABC):
    """A next-item recommender.

    Scoring is in two steps, so that neither all cases nor the whole catalogue need be in memory at once:
    `encode` turns prompts into queries of the model's own form, `score` gives their scores for a range of
    items.
    """

    config: ModelConfig
    footprint: Footprint | None = None
    """What `fit` was expected to take of the device's memory when it began; None where that was not foreseen."""

    @property
    def name(self) -> str:
        """The name that the configuration goes by."""
        return self.config.name

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where the scores of the fitted model are."""

    @abstractmethod
    def fit(
        self, split: Split, vectors: Vectors | None, run: Run, resume: State | None = None
    ) -> Iterator[EpochReport]:
        """Learn; the work is done while the reports are consumed. Models without epochs yield nothing.

        Args:
            split: The data. Test cases are never read.
            vectors: Item vectors, where the configuration asks for them.
            run: Seed and device.
            resume: A `checkpoint` of an earlier, interrupted fit with the same arguments, to go on from.

        Raises:
            TrainingError: The loss is no longer finite, or the device has not the memory.
        """

    @property
    def n_parameters(self) -> int:
        """Learned numbers of the fitted model; 0 for one that only keeps what it saw."""
        return 0

    def precision(self, device: torch.device) -> str:  # noqa: ARG002 - a network multiplies as the device can
        """Type of the matrix products of a fit on `device`."""
        return "float32"

    def checkpoint(self) -> State | None:
        """What an interrupted fit needs to go on exactly, valid between two reports; None without epochs."""
        return None

    @abstractmethod
    def state(self) -> State:
        """The fitted model."""

    @abstractmethod
    def load(self, state: State, run: Run) -> None:
        """Become the fitted model that `state` holds."""

    @abstractmethod
    def encode(self, prompts: Sequences) -> Any:  # noqa: ANN401 - each model's own form
        """Queries for a block of prompts."""

    @abstractmethod
    def score(self, queries: Any, start: int, stop: int) -> Float[Tensor, "n_prompts n_scored"]:  # noqa: ANN401
        """Scores of the items `start` to `stop`, higher is better; minus infinity is never recommended.

        They are made anew in each call, on `device`: the caller may write to them.
        """


class ClosedForm(Recommender):
    """A recommender without epochs: what it learns is one pure function of the data.

    A subclass gives `learn`, and makes itself ready to answer in `load`.
    """

    _state: State
    _device: torch.device

    @property
    def device(self) -> torch.device:
        """The device of the run."""
        return self._device

    @abstractmethod
    def learn(self, split: Split, vectors: Vectors | None, run: Run) -> State:
        """The fitted model, from training alone; arguments as in `fit`."""

    def fit(
        self,
        split: Split,
        vectors: Vectors | None,
        run: Run,
        resume: State | None = None,  # noqa: ARG002 - there is nothing to go on from
    ) -> Iterator[EpochReport]:
        """Learn in one step and yield nothing."""
        self.load(self.learn(split, vectors, run), run)
        yield from ()

    def state(self) -> State:
        """What `learn` gave."""
        return self._state

    def load(self, state: State, run: Run) -> None:
        """Become the fitted model that `state` holds."""
        self._state, self._device = state, run.device
