"""MostPopular: the items with the most training interactions, the same for everybody.

A floor of every table. Expected on Beauty, temporal protocol: NDCG@20 0.007, HR@20 0.018 (Harte et al.
2023, table 2: 0.006 and 0.018). The papers do not remove items of the prompt here; we leave that to the
protocol, as for every model.
"""

from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float32, Int32
from torch import Tensor

from seqrec.models.base import ClosedForm, Ingredients, ModelConfig
from seqrec.types import Rules, Run, Sequences, State, Training


class Config(ModelConfig):
    """Popularity over the whole of training."""

    name: Literal["most_popular"] = "most_popular"
    is_floor: ClassVar[bool] = True

    def build(self, n_items: int) -> "MostPopular":
        """An unfitted model over `n_items` encoded items."""
        return MostPopular(self, n_items)


class MostPopular(ClosedForm):
    """One score per item, whatever the prompt."""

    def __init__(self, config: ModelConfig, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Count."""
        return State({"scores": torch.from_numpy(data.counts.astype(np.float32))})

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Become the fitted model that `state` holds."""
        super().load(state, given, run)
        self.scores = state.tensors["scores"].to(run.device)

    def encode(self, prompts: Sequences, rules: Rules) -> int:  # noqa: ARG002
        """How many prompts there are: nothing else matters."""
        return len(prompts)

    def score(self, queries: int, start: int, stop: int) -> Float32[Tensor, "n_prompts n_scored"]:
        """The same scores for each prompt."""
        return self.scores[start:stop].repeat(queries, 1)

    def score_shown(
        self,
        prompts: Sequences,  # noqa: ARG002
        shown: Int32[np.ndarray, "n_prompts n_shown"],
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """The scores of the items that are shown."""
        return self.scores[torch.from_numpy(shown).long().to(self.device)]
