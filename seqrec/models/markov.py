"""Markov: what most often followed the last item in training, then what is popular.

A floor of every table: the first-order Markov chain. The score of an item is the number of times that it
directly followed the prompt's last item, plus its popularity scaled below 1: items never seen to follow
rank beneath all that were, and popularity breaks ties among these. An empty prompt gets popularity alone.
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
        """An unfitted model over `n_items` encoded items."""
        return Markov(self, n_items)


class Markov(ClosedForm):
    """Transition counts, and popularity beneath them."""

    def __init__(self, config: Config, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Count."""
        return State(
            {
                "popularity": torch.from_numpy(data.counts),
                **to_tensors("followers", transitions(data.train, self.n_items)),
            }
        )

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Become the fitted model that `state` holds."""
        super().load(state, given, run)
        popularity = state.tensors["popularity"].numpy()
        self.back_off = popularity / (popularity.max() + 1)
        self.table = torch.from_numpy(self.back_off.astype(np.float32)).to(run.device)
        # One row more than there are items, and empty: what follows nothing.
        followers = from_tensors("followers", state, self.n_items)
        followers.resize(self.n_items + 1, self.n_items)
        self.followers = followers

    def encode(self, prompts: Sequences, rules: Rules) -> Int64[np.ndarray, " n_prompts"]:  # noqa: ARG002
        """The last item of each prompt; `n_items` where there is none."""
        return last_items(prompts, missing=self.n_items)

    def score(
        self, queries: Int64[np.ndarray, " n_prompts"], start: int, stop: int
    ) -> Float32[Tensor, "n_prompts n_scored"]:
        """Transition counts above popularity."""
        followers = self.followers[queries][:, start:stop]
        followers.data += self.back_off[start:stop][followers.indices]
        return write(followers, self.table[start:stop].repeat(len(queries), 1))

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """Transition counts above popularity, of the items that are shown."""
        followed = entries(self.followers[last_items(prompts, missing=self.n_items)], shown)
        return torch.from_numpy((followed + self.back_off[shown]).astype(np.float32)).to(self.device)
