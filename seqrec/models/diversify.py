"""Diversify: drops items from the list of another model that are too similar to one above (Boz et al. 2024).

An item stays if the cosine of its vector with that of every item that stays above it is below a threshold, which is a
quantile of the cosines of all pairs of items. The authors tried it and saw no gain. Where we deviate: the quantile is
taken over the pairs of a sample of items, and lists can be filled up with what was dropped.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
import torch
from jaxtyping import Bool, Int32
from pydantic import Field
from torch.nn.functional import normalize

from seqrec.digest import generator_from
from seqrec.models.base import Ingredients, Needs
from seqrec.models.reranker import BASE, Reranker, RerankerConfig
from seqrec.text.source import VectorSource
from seqrec.tuning.dimensions import Choice, Dimension
from seqrec.types import Run, State, Training

ROLE = "items"
"""The role of the vectors in the model."""
N_SAMPLED: Final = 2_000
"""The number of items whose pairs give the quantile: two million pairs."""
PROMPTS_AT_ONCE: Final = 512


class Config(RerankerConfig):
    """Another model without items that are much like one above them (Boz et al. 2024, section 4.4)."""

    name: Literal["diversify"] = "diversify"
    source: VectorSource
    quantile: Annotated[float, Field(ge=0.0, le=1.0)] = 0.75
    """The quantile of the cosines between items from which on two items are too similar."""
    fill: bool = True
    """Whether a list that gets too short is filled up with the best items that were dropped; the authors leave it
    short."""

    search_space: ClassVar[Mapping[str, Dimension]] = {"quantile": Choice(options=(0.25, 0.5, 0.75))}

    @property
    def needs(self) -> Needs:
        """The model whose list is shortened, and the vectors."""
        return Needs(models={BASE: self.base}, vectors={ROLE: self.source})

    def build(self, n_items: int) -> "Diversify":
        """Returns an unfitted model over `n_items` encoded items."""
        return Diversify(self, n_items)


class Diversify(Reranker):
    """A model, the vectors of the items, and the cosine from which on two are too similar."""

    config: Config

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Stores the vectors and the threshold."""
        unit = normalize(torch.from_numpy(given.vectors[ROLE].values))
        n = min(N_SAMPLED, self.n_items)
        sample = unit[torch.from_numpy(generator_from("diversify").choice(self.n_items, n, replace=False))].double()
        cosines = (sample @ sample.T)[tuple(np.triu_indices(n, 1))].numpy()
        threshold = np.quantile(cosines, self.config.quantile) if len(cosines) else 1.0
        return State({"vectors": unit, "threshold": torch.tensor([threshold], dtype=torch.float32)})

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        self.vectors = state.tensors["vectors"].numpy()
        self.threshold = float(state.tensors["threshold"][0])

    def keep(self, items: Int32[np.ndarray, "n_prompts depth"], k: int) -> Bool[np.ndarray, "n_prompts depth"]:
        """Returns the items that differ from all that stay above them, and with `fill` the best others."""
        blocks = range(0, len(items), PROMPTS_AT_ONCE)
        parts = [self._differing(items[start : start + PROMPTS_AT_ONCE]) for start in blocks]
        kept = np.concatenate(parts) if parts else np.zeros(items.shape, bool)
        if self.config.fill:
            dropped = (items >= 0) & ~kept
            n_missing = np.maximum(k - kept.sum(axis=1), 0)
            kept |= dropped & (np.cumsum(dropped, axis=1) <= n_missing[:, None])
        return kept

    def _differing(self, items: Int32[np.ndarray, "n_prompts depth"]) -> Bool[np.ndarray, "n_prompts depth"]:
        vectors = self.vectors[items]
        alike = np.matmul(vectors, vectors.transpose(0, 2, 1)) >= self.threshold
        kept = np.zeros(items.shape, bool)
        for rank in range(items.shape[1]):
            kept[:, rank] = (items[:, rank] >= 0) & ~(alike[:, rank, :rank] & kept[:, :rank]).any(axis=1)
        return kept
