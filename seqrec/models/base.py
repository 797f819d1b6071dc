"""The interface of models: what a model needs, how it learns, and how it answers."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float, Float32, Int32
from torch import Tensor

from seqrec.config import Config, Slug
from seqrec.models.warm_start import Start
from seqrec.text.source import VectorSource
from seqrec.training.footprint import Footprint
from seqrec.tuning.dimensions import Dimension
from seqrec.types import EpochReport, Features, Rules, Run, Sequences, State, Texts, Training, Vectors

Label = Slug
"""The label of another model of the experiment."""
TILE_ITEMS = 4096
"""The number of items that are scored at a time if only some of the scores are needed."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a configuration needs besides the training data. The flow provides it before the model is fitted."""

    vectors: Mapping[str, VectorSource] = field(default_factory=dict)
    """The item vectors, by their role in the model."""
    dims: Mapping[str, int] = field(default_factory=dict)
    """The required width of the vectors, by role; a role that is absent takes any width."""
    texts: bool = False
    """Whether the model reads the texts of the items."""
    features: bool = False
    """Whether the model reads the brands and categories of the items."""
    models: Mapping[str, str] = field(default_factory=dict)
    """The labels of other models of the experiment, by their role in this one."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What `fit` and `load` receive: everything that the configuration needs, and nothing else."""

    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    texts: Texts | None = None
    features: Features | None = None
    models: Mapping[str, "Recommender"] = field(default_factory=dict)
    """Fitted models that are ready to answer."""
    start: Start | None = None
    """An earlier network of the same configuration, whose weights `fit` begins with; None for a start from nothing."""


class ModelConfig(Config):
    """The configuration of a model. One model is one file with one `Config`."""

    name: str
    compare: bool = True
    """Whether the table shows the model. `false` is for a model that only serves as a base of others."""

    is_floor: ClassVar[bool] = False
    """Whether every table shows this model, so that no result impresses that a simple count beats."""
    ranks_catalogue: ClassVar[bool] = True
    """Whether the model can score every item. A model that can only score a few candidates needs a protocol that shows
    them."""
    search_space: ClassVar[Mapping[str, Dimension]] = {}
    """The values that `seqrec tune` tries, by the path of the setting; settings that a model lacks are left out."""
    linked: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Settings that must have the value of another one, by the path of that one, if the configuration has them."""

    @property
    def identity(self) -> dict[str, Any]:
        """The settings that determine what is learnt, as JSON values; they are part of a fitted model's key."""
        return self.model_dump(mode="json", exclude={"compare"})

    @property
    def needs(self) -> Needs:
        """What the model needs besides the training data."""
        return Needs()

    @property
    def stochastic(self) -> bool:
        """Whether the seed affects the fitted model; if not, one seed is enough."""
        return False

    def extend(self, state: State, given: Ingredients) -> State | None:  # noqa: ARG002
        """Returns the model for further items that it was not fitted on; None if it can say nothing of such items.

        Args:
            state: The fitted model.
            given: What it was fitted with, except that vectors have the rows of the further items at their end.
        """
        return None

    @abstractmethod
    def build(self, n_items: int) -> "Recommender":
        """Returns an unfitted model over `n_items` encoded items."""


class Recommender(ABC):
    """A next-item recommender.

    Scoring takes two steps, so that neither all cases nor the whole catalogue need to be in memory at once:
    `encode` turns prompts into queries in the model's own form, and `score` returns their scores for a range of
    items. A model that generates its recommendations does so in `encode`, which knows the rules of the list.
    """

    config: ModelConfig
    n_items: int
    footprint: Footprint | None = None
    """The estimate of the device's memory that `fit` needs, made when it began; None without an estimate."""

    @property
    def name(self) -> str:
        """The `name` of the configuration."""
        return self.config.name

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """The device of the fitted model's scores."""

    @abstractmethod
    def fit(self, data: Training, given: Ingredients, run: Run, resume: State | None = None) -> Iterator[EpochReport]:
        """Learns while the reports are consumed. Models without epochs yield nothing.

        Args:
            data: The data that may be learnt from.
            given: The ingredients that the configuration needs.
            run: The seed and the device.
            resume: A `checkpoint` of an interrupted fit with the same arguments, to continue from.

        Raises:
            TrainingError: The loss is no longer finite, or the device has too little memory.
        """

    @property
    def n_parameters(self) -> int:
        """The number of learnt parameters; 0 for a model that only stores data."""
        return 0

    def precision(self, device: torch.device) -> str:  # noqa: ARG002 - the device matters to networks
        """Returns the type of the matrix products of a fit on `device`."""
        return "float32"

    def checkpoint(self) -> State | None:
        """Returns what an interrupted fit needs to resume exactly; None without epochs.

        It is valid between two reports, after each call of `run.on_step`, and after an exception of that call.
        """
        return None

    @abstractmethod
    def state(self) -> State:
        """Returns the fitted model."""

    @abstractmethod
    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`; `given` is what it was fitted with."""

    @abstractmethod
    def encode(self, prompts: Sequences, rules: Rules) -> Any:  # noqa: ANN401 - each model's own form
        """Returns queries for a block of prompts; only generative models use the `rules`."""

    @abstractmethod
    def score(self, queries: Any, start: int, stop: int) -> Float[Tensor, "n_prompts n_scored"]:  # noqa: ANN401
        """Returns scores of the items from `start` up to `stop`; higher is better, minus infinity is never recommended.

        Each call makes a new tensor on `device`, which the caller may change.
        """

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float[Tensor, "n_prompts n_shown"]:
        """Returns scores of the candidates that are shown with each prompt; they are arbitrary where `shown` is -1.

        By default they are taken from `score`, tile by tile. A model that can look up single scores overrides
        this.
        """
        rules = Rules(k=shown.shape[1], candidates=np.ones(self.n_items, bool), exclude_seen=False)
        queries = self.encode(prompts, rules)
        wanted = torch.from_numpy(shown.astype(np.int64)).to(self.device)
        scores = torch.zeros(shown.shape, device=self.device)
        for start in range(0, self.n_items, TILE_ITEMS):
            tile = self.score(queries, start, min(start + TILE_ITEMS, self.n_items)).to(torch.float32)
            columns = wanted - start
            inside = (columns >= 0) & (columns < tile.shape[1])
            scores = torch.where(inside, tile.gather(1, columns.clamp(0, tile.shape[1] - 1)), scores)
        return scores

    @property
    def item_factors(self) -> Float32[np.ndarray, "n_items width"] | None:
        """Vectors whose products with those of `prompt_factors` are the scores; None if scores are no products."""
        return None

    def prompt_factors(self, prompts: Sequences) -> Float32[np.ndarray, "n_prompts width"]:
        """Returns the vectors of prompts that belong to `item_factors`; only for a model that has these."""
        raise NotImplementedError(f"{self.name} has no factors for {len(prompts)} prompts")


class ClosedForm(Recommender):
    """A recommender without epochs: the fitted model is a pure function of the data.

    A subclass implements `learn`, and gets ready to answer in `load`.
    """

    _state: State
    _device: torch.device

    @property
    def device(self) -> torch.device:
        """The device of the run."""
        return self._device

    @abstractmethod
    def learn(self, data: Training, given: Ingredients, run: Run) -> State:
        """Returns the fitted model; the arguments are those of `fit`."""

    def fit(
        self,
        data: Training,
        given: Ingredients,
        run: Run,
        resume: State | None = None,  # noqa: ARG002 - there is nothing to resume
    ) -> Iterator[EpochReport]:
        """Learns in one step and yields nothing."""
        self.load(self.learn(data, given, run), given, run)
        yield from ()

    def state(self) -> State:
        """Returns the result of `learn`."""
        return self._state

    def load(self, state: State, given: Ingredients, run: Run) -> None:  # noqa: ARG002 - most need nothing more
        """Restores the fitted model from `state`."""
        self._state, self._device = state, run.device
