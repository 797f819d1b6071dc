"""SKNN: recommends what similar training sessions contain (session-based nearest neighbours; Boz et al. 2024).

A session is represented by its item counts, and a prompt by the weights of its items, so that the similarity is that of
shared items; `seqrec/models/neighbours.py` has the rest. The variants are settings:

* SKNN: no flag is set;
* V-SKNN: `decay`;
* S-SKNN: `sequential_weighting`;
* SF-SKNN: `sequential_filter`.

Expected on Beauty, temporal protocol, random order within a day: V-SKNN (k 320, sample 1530, random, dot,
harmonic) NDCG@20 0.041, HR@20 0.087; SKNN (k 140, sample 1020, recent, cosine) 0.037 and 0.084.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float64
from scipy.sparse import csr_array

from seqrec.models.decay import DECAYS
from seqrec.models.neighbours import NeighbourConfig, Pairs, SessionNeighbours
from seqrec.tuning.dimensions import Choice, Dimension
from seqrec.types import Sequences


class Config(NeighbourConfig):
    """Nearest neighbours among the training sessions (Boz et al. 2024)."""

    name: Literal["sknn"] = "sknn"
    similarity: Literal["dot", "cosine"] = "cosine"
    """The similarity of a prompt and a session."""
    decay: Literal["none", "linear", "log", "harmonic", "quadratic"] = "none"
    """How the weight of a prompt item decreases with its age."""

    search_space: ClassVar[Mapping[str, Dimension]] = {
        **NeighbourConfig.search_space,
        "similarity": Choice(options=("dot", "cosine")),
        "decay": Choice(options=("none", "linear", "log", "harmonic", "quadratic")),
    }

    def build(self, n_items: int) -> "SKNN":
        """Returns an unfitted model over `n_items` encoded items."""
        return SKNN(self, n_items)


class SKNN(SessionNeighbours):
    """Neighbours by shared items."""

    config: Config

    def overlaps(self, prompts: Sequences) -> csr_array:
        """Returns the products of prompts and the sessions that share an item with them."""
        weights = self._weights(prompts)
        shape = (len(prompts), self.n_items)
        return csr_array((weights, (prompts.rows, prompts.items)), shape=shape) @ self.holders

    def similarities(self, prompts: Sequences, pairs: Pairs) -> Float64[np.ndarray, " n_pairs"]:
        """Returns these products, divided by both lengths if the similarity is the cosine."""
        if self.config.similarity == "dot":
            return pairs.overlaps
        norms = np.sqrt(np.bincount(prompts.rows, self._weights(prompts) ** 2, len(prompts)))
        return np.asarray(pairs.overlaps / (norms[pairs.rows] * self.norms[pairs.sessions]))

    def _weights(self, prompts: Sequences) -> Float64[np.ndarray, " n_events"]:
        return DECAYS[self.config.decay](prompts.ages, prompts.lengths[prompts.rows])
