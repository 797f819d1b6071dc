"""Markov: recommends what most often followed the last item in training, then what is popular.

The first-order Markov chain is a floor of every table. The score of an item is the number of times that it
directly followed the prompt's last item, plus its popularity scaled below 1. So items that never followed it rank
below all that did, and popularity breaks ties. An empty prompt gets popularity alone.
"""

from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float32, Int32, Int64
from torch import Tensor

from seqrec.models.base import ClosedForm, Ingredients, ModelConfig
from seqrec.models.ragged import last_items
from seqrec.models.sparse import entries, from_tensors, to_tensors, transitions, write
from seqrec.types import Rules, Run, Sequences, State, Training


class Config(ModelConfig):
    """First-order transition counts with back-off to popularity."""

    name: Literal["markov"] = "markov"
    is_floor: ClassVar[bool] = True

    def build(self, n_items: int) -> "Markov":
        """Returns an unfitted model over `n_items` encoded items."""
        return Markov(self, n_items)


class Markov(ClosedForm):
    """Transition counts with back-off to popularity."""

    def __init__(self, config: Config, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Counts transitions and interactions."""
        return State(
            {
                "popularity": torch.from_numpy(data.counts),
                **to_tensors("followers", transitions(data.train, self.n_items)),
            }
        )

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        popularity = state.tensors["popularity"].numpy()
        self.back_off = popularity / (popularity.max() + 1)
        self.table = torch.from_numpy(self.back_off.astype(np.float32)).to(run.device)
        # An additional, empty row is for prompts without an item.
        followers = from_tensors("followers", state, self.n_items)
        followers.resize(self.n_items + 1, self.n_items)
        self.followers = followers

    def encode(self, prompts: Sequences, rules: Rules) -> Int64[np.ndarray, " n_prompts"]:  # noqa: ARG002
        """Returns the last item of each prompt; `n_items` for an empty one."""
        return last_items(prompts, missing=self.n_items)

    def score(
        self, queries: Int64[np.ndarray, " n_prompts"], start: int, stop: int
    ) -> Float32[Tensor, "n_prompts n_scored"]:
        """Returns the transition counts plus scaled popularity."""
        followers = self.followers[queries][:, start:stop]
        followers.data += self.back_off[start:stop][followers.indices]
        return write(followers, self.table[start:stop].repeat(len(queries), 1))

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """Returns the same for the items that are shown."""
        followed = entries(self.followers[last_items(prompts, missing=self.n_items)], shown)
        return torch.from_numpy((followed + self.back_off[shown]).astype(np.float32)).to(self.device)
