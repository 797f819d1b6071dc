"""MostPopular: recommends the items with the most training interactions to everybody.

It is a floor of every table. Expected on Beauty, temporal protocol: NDCG@20 0.007, HR@20 0.018 (Harte et al. 2023,
table 2: 0.006 and 0.018). The papers do not remove items of the prompt here; we leave that to the protocol, as for
every model.
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
        """Returns an unfitted model over `n_items` encoded items."""
        return MostPopular(self, n_items)


class MostPopular(ClosedForm):
    """One score per item, the same for every prompt."""

    def __init__(self, config: ModelConfig, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Counts the interactions of each item."""
        return State({"scores": torch.from_numpy(data.counts.astype(np.float32))})

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        self.scores = state.tensors["scores"].to(run.device)

    def encode(self, prompts: Sequences, rules: Rules) -> int:  # noqa: ARG002
        """Returns the number of prompts, since nothing else matters."""
        return len(prompts)

    def score(self, queries: int, start: int, stop: int) -> Float32[Tensor, "n_prompts n_scored"]:
        """Returns the same scores for each prompt."""
        return self.scores[start:stop].repeat(queries, 1)

    def score_shown(
        self,
        prompts: Sequences,  # noqa: ARG002
        shown: Int32[np.ndarray, "n_prompts n_shown"],
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """Returns the scores of the items that are shown."""
        return self.scores[torch.from_numpy(shown).long().to(self.device)]
