"""LLMSeqSim: recommends the items whose text vectors are closest to the prompt's (Harte et al. 2023; Boz et al. 2024).

A prompt becomes the vector of its last item or a weighted mean over its items, and every item is scored by its
similarity to this vector. Nothing is trained. The vectors are reduced beforehand, by PCA in the papers' best
settings. Whether prompt items are removed is left to the protocol. An item with a zero vector, such as one without
a name, gets cosine 0; an empty prompt has the zero vector. Means are computed by a sparse product on the CPU, in
double precision, and similarities by dense products on the device.

Expected on Beauty, temporal protocol, with MiniLM titles reduced to 256 by PCA: harmonic mean NDCG@20
0.043, HR@20 0.086; last item, unreduced, 0.038 and 0.069. The papers have 0.048 to 0.049 with ada-002.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int32
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn.functional import normalize

from seqrec.models.base import ClosedForm, Ingredients, ModelConfig, Needs
from seqrec.models.decay import DECAYS
from seqrec.text.source import VectorSource
from seqrec.tuning.dimensions import Choice, Dimension
from seqrec.types import Rules, Run, Sequences, State, Training

ROLE = "items"
"""The role of the vectors in the model."""
NEAR = 0.01
"""Squared distances below this share of the query's squared length are computed from differences, since a product
leaves few exact digits."""
NEAR_ELEMENTS = 2**22
"""The number of elements of such differences that are held at a time."""


class Config(ModelConfig):
    """The similarity of text vectors (Harte et al. 2023; Boz et al. 2024)."""

    name: Literal["llm_seq_sim"] = "llm_seq_sim"
    source: VectorSource
    strategy: Literal["last", "mean"] = "mean"
    """The vector of a prompt: that of its last item, or the mean over its items, weighted by `decay`."""
    decay: Literal[
        "none",
        "constant_linear",
        "scaling_linear",
        "scaling_quadratic",
        "scaling_cubic",
        "log",
        "harmonic",
        "harmonic_squared",
    ] = "harmonic"
    """How the weight of an item in the mean falls with its age."""
    similarity: Literal["cosine", "dot", "euclidean"] = "cosine"
    """The measure of similarity; `euclidean` is 1 / (1 + distance)."""
    normalise: bool = True
    """Whether item vectors are first scaled to unit length, as in the papers after a reduction."""

    search_space: ClassVar[Mapping[str, Dimension]] = {
        "strategy": Choice(options=("last", "mean")),
        "decay": Choice(
            options=(
                "none",
                "constant_linear",
                "scaling_linear",
                "scaling_quadratic",
                "log",
                "harmonic",
                "harmonic_squared",
            )
        ),
        "similarity": Choice(options=("cosine", "dot", "euclidean")),
        "source.reducer.dim": Choice(options=(64, 128, 256)),
    }

    @property
    def needs(self) -> Needs:
        """The vectors that are compared."""
        return Needs(vectors={ROLE: self.source})

    def extend(self, state: State, given: Ingredients) -> State:  # noqa: ARG002
        """Returns the vectors of all items."""
        return self.stored(given)

    def stored(self, given: Ingredients) -> State:
        """Returns the vectors as they are, or scaled to unit length."""
        values = torch.from_numpy(given.vectors[ROLE].values)
        return State({"vectors": normalize(values) if self.normalise else values})

    def build(self, n_items: int) -> "LLMSeqSim":
        """Returns an unfitted model over `n_items` encoded items."""
        return LLMSeqSim(self, n_items)


class LLMSeqSim(ClosedForm):
    """Item vectors and their similarity to prompts."""

    config: Config

    def __init__(self, config: Config, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Stores the vectors."""
        return self.config.stored(given)

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        self.vectors = state.tensors["vectors"].numpy().astype(np.float64)
        self.centre = torch.from_numpy(self.vectors.mean(0).astype(np.float32)).to(run.device)
        self.table = self._comparable(state.tensors["vectors"].to(run.device))
        self.squares = self.table.square().sum(1)

    def encode(self, prompts: Sequences, rules: Rules) -> Float32[Tensor, "n_prompts dim"]:  # noqa: ARG002
        """Returns the vector of each prompt."""
        return self._queries(prompts)

    def _queries(self, prompts: Sequences) -> Float32[Tensor, "n_prompts dim"]:
        if self.config.strategy == "last":
            weights = (prompts.ages == 1).astype(np.float64)
        else:
            weights = DECAYS[self.config.decay](prompts.ages, prompts.lengths[prompts.rows])
        totals = np.bincount(prompts.rows, weights, len(prompts))
        shares = weights / totals[prompts.rows]
        picks = csr_array((shares, (prompts.rows, prompts.items)), shape=(len(prompts), len(self.vectors)))
        means = torch.from_numpy((picks @ self.vectors).astype(np.float32))
        return self._comparable(means.to(self.table.device))

    def _comparable(self, values: Float32[Tensor, "n dim"]) -> Float32[Tensor, "n dim"]:
        if self.config.similarity == "euclidean":
            # A shift does not change distances, and shorter vectors make them more exact.
            return values - self.centre
        return normalize(values) if self.config.similarity == "cosine" else values

    def score(
        self, queries: Float32[Tensor, "n_prompts dim"], start: int, stop: int
    ) -> Float32[Tensor, "n_prompts n_scored"]:
        """Returns the similarity of item vectors to those of the prompts."""
        table = self.table[start:stop]
        scores = queries @ table.T
        if self.config.similarity == "euclidean":
            # A matrix product is several times as fast as `torch.cdist`.
            squares = queries.square().sum(1)[:, None]
            scores.mul_(-2.0).add_(squares).add_(self.squares[start:stop])
            _correct(scores, queries, table, scores < NEAR * squares)
            scores.clamp_min_(0.0).sqrt_().add_(1.0).reciprocal_()
        return scores

    @property
    def item_factors(self) -> Float32[np.ndarray, "n_items width"] | None:
        """The vectors that are compared; None for Euclidean distances, which are no products."""
        return None if self.config.similarity == "euclidean" else self.table.cpu().numpy()

    def prompt_factors(self, prompts: Sequences) -> Float32[np.ndarray, "n_prompts width"]:
        """Returns the vectors of the prompts."""
        factors: Float32[np.ndarray, "n_prompts width"] = self._queries(prompts).cpu().numpy()
        return factors

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """Returns the same for the items that are shown."""
        queries = self._queries(prompts)
        vectors = self.table[torch.from_numpy(shown).long().to(self.table.device)]
        if self.config.similarity == "euclidean":
            return 1.0 / (1.0 + (queries[:, None] - vectors).square().sum(2).sqrt())
        return torch.bmm(vectors, queries[:, :, None])[:, :, 0]


def _correct(
    squares: Float32[Tensor, "n_prompts n_scored"],
    queries: Float32[Tensor, "n_prompts dim"],
    table: Float32[Tensor, "n_scored dim"],
    near: Bool[Tensor, "n_prompts n_scored"],
) -> None:
    """Recomputes the squared distances of close pairs from their differences."""
    n_pairs = max(1, NEAR_ELEMENTS // max(1, table.shape[1]))
    pairs = near.nonzero()
    for start in range(0, len(pairs), n_pairs):
        rows, columns = pairs[start : start + n_pairs].unbind(1)
        squares[rows, columns] = (queries[rows] - table[columns]).square().sum(1)
