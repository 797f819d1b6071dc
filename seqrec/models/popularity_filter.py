"""Popularity filter: drops rare items from the list of another model, as long as the list stays full (Boz et al. 2024).

This is "LLMSeqSim & Popularity" (section 4.4): similarity of texts finds what fits, but also what nobody takes. From
the top of a long list, items below the threshold are deleted while more remain than are recommended. Where we deviate:
popularity and threshold come from training sessions, and not from all data.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Int32
from pydantic import Field

from seqrec.models.base import Ingredients, Needs
from seqrec.models.popularity import are_popular, count_sessions
from seqrec.models.reranker import BASE, Reranker, RerankerConfig
from seqrec.tuning.dimensions import Choice, Dimension
from seqrec.types import Run, State, Training


class Config(RerankerConfig):
    """Another model without its rare items (Boz et al. 2024, section 4.4)."""

    name: Literal["popularity_filter"] = "popularity_filter"
    quantile: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """The share of the trained items that count as rare: those with the fewest training sessions."""

    search_space: ClassVar[Mapping[str, Dimension]] = {"quantile": Choice(options=(0.25, 0.5, 0.75))}

    @property
    def needs(self) -> Needs:
        """The model whose list is shortened."""
        return Needs(models={BASE: self.base})

    def build(self, n_items: int) -> "PopularityFilter":
        """Returns an unfitted model over `n_items` encoded items."""
        return PopularityFilter(self, n_items)


class PopularityFilter(Reranker):
    """A model, and the items that are popular."""

    config: Config

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Counts the sessions of each item."""
        return State({"sessions": count_sessions(data.train, self.n_items)})

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        self.is_popular = are_popular(state.tensors["sessions"], self.config.quantile)

    def keep(self, items: Int32[np.ndarray, "n_prompts depth"], k: int) -> Bool[np.ndarray, "n_prompts depth"]:
        """Returns all items but the first rare ones, as many as there are more than `k`."""
        listed = items >= 0
        rare = listed & ~self.is_popular[items]
        n_too_many = np.maximum(listed.sum(axis=1) - k, 0)
        return np.asarray(listed & ~(rare & (np.cumsum(rare, axis=1) <= n_too_many[:, None])))
