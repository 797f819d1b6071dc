"""SKNNEmb: nearest neighbours whose similarity is that of item vectors (Boz et al. 2024).

A session is represented by a vector: the mean of the vectors of its items, weighted by their age, or the vector of its
last item. `seqrec/models/neighbours.py` has the rest. Where the formula of the paper compares a prompt with all
sessions, its code compares it with those that share an item, and uses vectors only to choose and to weigh among these;
`candidates` chooses between the two. Where we deviate from their code:

* sessions have a decay of their own; in the code, theirs only switches the decay of prompts on for them;
* a neighbour whose similarity is zero or negative takes no part: it would count against the items that it contains;
* as in `sknn`, items that training has not seen are dropped from the prompt, and repeated items count once there.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from scipy.sparse import csr_array
from torch.nn.functional import normalize

from seqrec.models.base import Ingredients, Needs
from seqrec.models.decay import DECAYS
from seqrec.models.neighbours import NeighbourConfig, Pairs, SessionNeighbours
from seqrec.text.source import VectorSource
from seqrec.tuning.dimensions import Choice, Dimension
from seqrec.types import Run, Sequences, State, Training

ROLE = "items"
"""The role of the vectors in the model."""

Strategy = Literal["last", "mean"]
Decay = Literal["none", "linear", "log", "harmonic", "quadratic"]


class Config(NeighbourConfig):
    """Nearest neighbours by item vectors among the training sessions (Boz et al. 2024)."""

    name: Literal["sknn_emb"] = "sknn_emb"
    source: VectorSource
    candidates: Literal["shared", "all"] = "shared"
    """The sessions that neighbours are searched among: a sample of those that share an item with the prompt, as in the
    papers' code, or all of them, as in its formula."""
    similarity: Literal["dot", "cosine"] = "cosine"
    """The similarity of the vectors of a prompt and a session."""
    prompt_strategy: Strategy = "mean"
    """The vector of a prompt: the mean over its items, weighted by `prompt_decay`, or that of its last item."""
    prompt_decay: Decay = "harmonic"
    """How the weight of an item in that mean falls with its age."""
    session_strategy: Strategy = "mean"
    """The vector of a training session, likewise."""
    session_decay: Decay = "none"
    """How the weight of an item in that mean falls with its age."""
    normalise: bool = True
    """Whether item vectors are first scaled to unit length, as in the papers."""

    search_space: ClassVar[Mapping[str, Dimension]] = {
        **NeighbourConfig.search_space,
        "similarity": Choice(options=("dot", "cosine")),
        "prompt_strategy": Choice(options=("last", "mean")),
        "prompt_decay": Choice(options=("none", "linear", "log", "harmonic", "quadratic")),
        "session_strategy": Choice(options=("last", "mean")),
        "session_decay": Choice(options=("none", "linear", "log", "harmonic", "quadratic")),
        "source.reducer.dim": Choice(options=(64, 128, 256)),
    }

    @property
    def needs(self) -> Needs:
        """The vectors of the items."""
        return Needs(vectors={ROLE: self.source})

    def build(self, n_items: int) -> "SKNNEmb":
        """Returns an unfitted model over `n_items` encoded items."""
        return SKNNEmb(self, n_items)


class SKNNEmb(SessionNeighbours):
    """Neighbours by the vectors of sessions."""

    config: Config

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:
        """Stores the training sessions, and the vectors of items and sessions."""
        state, values = super().learn(data, given, run), torch.from_numpy(given.vectors[ROLE].values)
        vectors = normalize(values) if self.config.normalise else values
        train = data.train.take(np.flatnonzero(data.train.lengths > 0))
        sessions = _combined(vectors.numpy(), train, self.config.session_strategy, self.config.session_decay)
        more = {"vectors": vectors, "session_vectors": torch.from_numpy(self._comparable(sessions))}
        return State({**state.tensors, **more})

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        self.vectors = state.tensors["vectors"].numpy()
        self.session_vectors = state.tensors["session_vectors"].numpy()

    def n_pairs(self, prompts: Sequences) -> Int64[np.ndarray, " n_prompts"]:
        """Returns a bound of the number of sessions that each prompt is compared with."""
        if self.config.candidates == "shared":
            return super().n_pairs(prompts)
        return np.full(len(prompts), len(self.session_vectors), np.int64)

    def overlaps(self, prompts: Sequences) -> csr_array:
        """Returns an entry for each session that shares an item with a prompt, or else for the most similar ones."""
        if self.config.candidates == "all":
            return self._nearest(prompts)
        ones, shape = np.ones(prompts.n_events), (len(prompts), self.n_items)
        return csr_array((ones, (prompts.rows, prompts.items)), shape=shape) @ self.holders

    def similarities(self, prompts: Sequences, pairs: Pairs) -> Float64[np.ndarray, " n_pairs"]:
        """Returns the products of the vectors of prompts and sessions."""
        asked, found = self._queries(prompts)[pairs.rows], self.session_vectors[pairs.sessions]
        return np.asarray(np.einsum("ij,ij->i", asked, found, dtype=np.float64))

    def _nearest(self, prompts: Sequences) -> csr_array:
        """Returns the sessions with the largest similarity, as many as are sampled, and those of equal similarity."""
        products = self._queries(prompts) @ self.session_vectors.T
        n = min(self.config.sample_size, products.shape[1])
        least = np.partition(products, products.shape[1] - n, axis=1)[:, [products.shape[1] - n]]
        rows, sessions = np.nonzero((products >= least) & (prompts.lengths > 0)[:, None])
        return csr_array((products[rows, sessions].astype(np.float64), (rows, sessions)), shape=products.shape)

    def _queries(self, prompts: Sequences) -> Float32[np.ndarray, "n_prompts width"]:
        config = self.config
        return self._comparable(_combined(self.vectors, prompts, config.prompt_strategy, config.prompt_decay))

    def _comparable(self, values: Float32[np.ndarray, "n width"]) -> Float32[np.ndarray, "n width"]:
        if self.config.similarity == "dot":
            return values
        lengths = np.linalg.norm(values, axis=1, keepdims=True)
        return np.asarray(values / np.where(lengths > 0, lengths, 1.0), np.float32)


def _combined(
    vectors: Float32[np.ndarray, "n_items width"], sequences: Sequences, strategy: Strategy, decay: Decay
) -> Float32[np.ndarray, "n width"]:
    """Returns one vector per sequence; zero for an empty one."""
    if strategy == "last":
        weights = (sequences.ages == 1).astype(np.float64)
    else:
        weights = DECAYS[decay](sequences.ages, sequences.lengths[sequences.rows])
    totals = np.bincount(sequences.rows, weights, len(sequences))
    shape = (len(sequences), len(vectors))
    picks = csr_array((weights / totals[sequences.rows], (sequences.rows, sequences.items)), shape=shape)
    return np.asarray(picks @ vectors.astype(np.float64), np.float32)
