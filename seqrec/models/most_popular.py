"""MostPopular: the items with the most training interactions, the same for everybody.

A floor of every table. Expected on Beauty, temporal protocol: NDCG@20 0.007, HR@20 0.018 (Harte et al.
2023, table 2: 0.006 and 0.018). The papers do not remove items of the prompt here; we leave that to the
protocol, as for every model.
"""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from seqrec.models.base import ClosedForm, ModelConfig
from seqrec.types import Run, Sequences, Split, State, Vectors


class Config(ModelConfig):
    """Popularity over the whole of training."""

    name: Literal["most_popular"] = "most_popular"

    def build(self, n_items: int) -> "MostPopular":
        """An unfitted model over `n_items` encoded items."""
        return MostPopular(self, n_items)


class MostPopular(ClosedForm):
    """One score per item, whatever the prompt."""

    def __init__(self, config: ModelConfig, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, split: Split, vectors: Vectors | None, run: Run) -> State:  # noqa: ARG002
        """Count."""
        counts = np.bincount(split.train.items, minlength=self.n_items)
        return State({"scores": torch.from_numpy(counts.astype(np.float32))})

    def load(self, state: State, run: Run) -> None:
        """Become the fitted model that `state` holds."""
        super().load(state, run)
        self.scores = state.tensors["scores"].to(run.device)

    def encode(self, prompts: Sequences) -> int:
        """How many prompts there are: nothing else matters."""
        return len(prompts)

    def score(self, queries: int, start: int, stop: int) -> Float32[Tensor, "n_prompts n_scored"]:
        """The same scores for each prompt."""
        return self.scores[start:stop].repeat(queries, 1)
