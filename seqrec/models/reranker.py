"""The base of models that shorten the list of another one, so that what is left moves up."""

from abc import abstractmethod

import numpy as np
from jaxtyping import Bool, Float, Int32
from pydantic import PositiveInt
from torch import Tensor

from seqrec.evaluation.ranking import recommend
from seqrec.models.base import ClosedForm, Ingredients, Label, ModelConfig
from seqrec.models.lists import ListRecommender
from seqrec.types import Lists, Rules, Run, Sequences, State

BASE = "base"
"""The role of the other model."""


class RerankerConfig(ModelConfig):
    """The settings of every reranker."""

    base: Label
    """The label of the model whose list is shortened."""
    depth: PositiveInt = 100
    """The length of its list; at least the length of the result."""


class Reranker(ListRecommender, ClosedForm):
    """A model, and a rule that drops items from its list."""

    config: RerankerConfig

    def __init__(self, config: RerankerConfig, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        self.base = given.models[BASE]

    @abstractmethod
    def keep(self, items: Int32[np.ndarray, "n_prompts depth"], k: int) -> Bool[np.ndarray, "n_prompts depth"]:
        """Returns which items of each list stay.

        Args:
            items: Lists, best first, padded with -1 at the end.
            k: How many of those that stay are recommended.
        """

    def make_lists(self, prompts: Sequences, rules: Rules) -> Lists:
        """Returns the first items that stay, with the scores that the other model gave them."""
        deep = recommend(
            self.base, prompts, Rules(max(rules.k, self.config.depth), rules.candidates, rules.exclude_seen)
        )
        kept = self.keep(deep.items, rules.k) & (deep.items >= 0)
        # A stable sort moves what is dropped behind what stays, and leaves the order otherwise.
        order = np.argsort(~kept, axis=1, kind="stable")[:, : rules.k]
        stays = np.take_along_axis(kept, order, axis=1)
        items, scores = (np.take_along_axis(values, order, axis=1) for values in (deep.items, deep.scores))
        return Lists(np.where(stays, items, np.int32(-1)), np.where(stays, scores, np.float32(-np.inf)))

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float[Tensor, "n_prompts n_shown"]:
        """Returns the scores of the other model, since all candidates that are shown have to be ordered."""
        return self.base.score_shown(prompts, shown)
