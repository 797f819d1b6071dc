"""Markov: what most often followed the last item in training, then what is popular.

A floor of every table: the first-order Markov chain. The score of an item is the number of times that it
directly followed the prompt's last item, plus its popularity scaled below 1: items never seen to follow
rank beneath all that were, and popularity breaks ties among these. An empty prompt gets popularity alone.
"""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float32, Int64
from torch import Tensor

from seqrec.models.base import ClosedForm, ModelConfig
from seqrec.models.ragged import last_items
from seqrec.models.sparse import from_tensors, to_tensors, transitions, write
from seqrec.types import Run, Sequences, Split, State, Vectors


class Config(ModelConfig):
    """First-order transition counts with back-off to popularity."""

    name: Literal["markov"] = "markov"

    def build(self, n_items: int) -> "Markov":
        """An unfitted model over `n_items` encoded items."""
        return Markov(self, n_items)


class Markov(ClosedForm):
    """Transition counts, and popularity beneath them."""

    def __init__(self, config: Config, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, split: Split, vectors: Vectors | None, run: Run) -> State:  # noqa: ARG002
        """Count."""
        popularity = np.bincount(split.train.items, minlength=self.n_items)
        return State(
            {
                "popularity": torch.from_numpy(popularity),
                **to_tensors("followers", transitions(split.train, self.n_items)),
            }
        )

    def load(self, state: State, run: Run) -> None:
        """Become the fitted model that `state` holds."""
        super().load(state, run)
        popularity = state.tensors["popularity"].numpy()
        self.back_off = popularity / (popularity.max() + 1)
        self.table = torch.from_numpy(self.back_off.astype(np.float32)).to(run.device)
        # One row more than there are items, and empty: what follows nothing.
        followers = from_tensors("followers", state, self.n_items)
        followers.resize(self.n_items + 1, self.n_items)
        self.followers = followers

    def encode(self, prompts: Sequences) -> Int64[np.ndarray, " n_prompts"]:
        """The last item of each prompt; `n_items` where there is none."""
        return last_items(prompts, missing=self.n_items)

    def score(
        self, queries: Int64[np.ndarray, " n_prompts"], start: int, stop: int
    ) -> Float32[Tensor, "n_prompts n_scored"]:
        """Transition counts above popularity."""
        followers = self.followers[queries][:, start:stop]
        followers.data += self.back_off[start:stop][followers.indices]
        return write(followers, self.table[start:stop].repeat(len(queries), 1))
