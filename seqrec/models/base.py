"""What a model is to the rest of the program: what it needs, how it learns, how it answers."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int32
from torch import Tensor

from seqrec.config import Config, Slug
from seqrec.text.source import VectorSource
from seqrec.training.footprint import Footprint
from seqrec.types import EpochReport, Features, Rules, Run, Sequences, State, Texts, Training, Vectors

Label = Slug
"""Label of another model of the experiment."""
TILE_ITEMS = 4096
"""Items that are scored at a time where only some of their scores are wanted."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a configuration asks for beside the training data. The flow resolves it before the model learns."""

    vectors: Mapping[str, VectorSource] = field(default_factory=dict)
    """Item vectors, by the role that they play in the model."""
    dims: Mapping[str, int] = field(default_factory=dict)
    """The width that the vectors of a role must have; any will do for a role that is absent."""
    texts: bool = False
    """Whether the model reads the texts of the items."""
    features: bool = False
    """Whether the model reads the brands and categories of the items."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Labels of other models of the experiment, by the role that they play in this one."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What `fit` and `load` receive: all that the configuration needs, and nothing else."""

    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    texts: Texts | None = None
    features: Features | None = None
    models: Mapping[str, "Recommender"] = field(default_factory=dict)
    """Fitted models, ready to answer."""


class ModelConfig(Config):
    """What is learnt, and how. One model is one file with one `Config`."""

    name: str
    compare: bool = True
    """Whether the model stands in the table. `false` is for a model that only serves as a base of others."""

    is_floor: ClassVar[bool] = False
    """Whether every table carries this model, so that nobody is impressed by a number that a simple count beats."""
    ranks_catalogue: ClassVar[bool] = True
    """Whether the model can score every item. One that can only judge a few candidates needs a protocol that shows
    them."""

    @property
    def identity(self) -> dict[str, Any]:
        """The settings that decide what is learnt, as JSON-able values: what the key of a fitted model contains."""
        return self.model_dump(mode="json", exclude={"compare"})

    @property
    def needs(self) -> Needs:
        """What the model must be given beside the training data."""
        return Needs()

    @property
    def stochastic(self) -> bool:
        """Whether another seed gives another model; if not, one seed is enough."""
        return False

    @abstractmethod
    def build(self, n_items: int) -> "Recommender":
        """Make an unfitted model over `n_items` encoded items."""


class Recommender(ABC):
    """A next-item recommender.

    Scoring is in two steps, so that neither all cases nor the whole catalogue need be in memory at once:
    `encode` turns prompts into queries of the model's own form, `score` gives their scores for a range of
    items. A model that generates its recommendations does so in `encode`, which knows the rules of the list.
    """

    config: ModelConfig
    n_items: int
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
    def fit(self, data: Training, given: Ingredients, run: Run, resume: State | None = None) -> Iterator[EpochReport]:
        """Learn; the work is done while the reports are consumed. Models without epochs yield nothing.

        Args:
            data: What may be learnt from.
            given: What the configuration needs.
            run: Seed and device.
            resume: A `checkpoint` of an earlier, interrupted fit with the same arguments, to continue from.

        Raises:
            TrainingError: The loss is no longer finite, or the device has too little memory.
        """

    @property
    def n_parameters(self) -> int:
        """Learned numbers of the fitted model; 0 for one that only keeps what it saw."""
        return 0

    def precision(self, device: torch.device) -> str:  # noqa: ARG002 - a network multiplies as the device can
        """Type of the matrix products of a fit on `device`."""
        return "float32"

    def checkpoint(self) -> State | None:
        """What an interrupted fit needs to continue exactly, valid between two reports; None without epochs."""
        return None

    @abstractmethod
    def state(self) -> State:
        """The fitted model."""

    @abstractmethod
    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Become the fitted model that `state` holds; `given` is what it was fitted with."""

    @abstractmethod
    def encode(self, prompts: Sequences, rules: Rules) -> Any:  # noqa: ANN401 - each model's own form
        """Queries for a block of prompts; `rules` matter to models that generate."""

    @abstractmethod
    def score(self, queries: Any, start: int, stop: int) -> Float[Tensor, "n_prompts n_scored"]:  # noqa: ANN401
        """Scores of the items `start` to `stop`, higher is better; minus infinity is never recommended.

        They are made anew in each call, on `device`: the caller may write to them.
        """

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float[Tensor, "n_prompts n_shown"]:
        """Scores of the candidates that are shown with each prompt; any number where `shown` is -1.

        By default these are columns of `score`, tile by tile; a model that can look up single scores does that.
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
    def learn(self, data: Training, given: Ingredients, run: Run) -> State:
        """The fitted model; arguments as in `fit`."""

    def fit(
        self,
        data: Training,
        given: Ingredients,
        run: Run,
        resume: State | None = None,  # noqa: ARG002 - there is nothing to continue from
    ) -> Iterator[EpochReport]:
        """Learn in one step and yield nothing."""
        self.load(self.learn(data, given, run), given, run)
        yield from ()

    def state(self) -> State:
        """What `learn` gave."""
        return self._state

    def load(self, state: State, given: Ingredients, run: Run) -> None:  # noqa: ARG002 - most need nothing more
        """Become the fitted model that `state` holds."""
        self._state, self._device = state, run.device
