"""Fuse: combines the lists of several other models into one, by the ranks of the items.

* `reciprocal_rank`: an item's score is the sum of weight / (`damping` + rank) over the lists that contain it (Cormack,
  Clarke and Buettcher 2009, whose constant is 60).
* `first_then`: the first `first` items of the first list come first, then the second list, then the others, each item
  once. With two models of text vectors this is the "rank" form of the embedding ensemble of Boz et al. 2024.
* `confident_then`: the same, where the first list leads as long as its scores are at least `confidence`: the other form
  of that ensemble. The authors try .8 to .99, on cosines; scores of other models have other scales.

The scores of several models are never mixed, since their scales differ.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int32, Int64
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from torch import Tensor

from seqrec.config import Listed
from seqrec.evaluation.ranking import recommend
from seqrec.models.base import ClosedForm, Ingredients, Label, ModelConfig, Needs
from seqrec.models.lists import ListRecommender
from seqrec.types import Lists, Rules, Run, Sequences, State, Training


class Config(ModelConfig):
    """Rank fusion of several models (Cormack et al. 2009; Boz et al. 2024)."""

    name: Literal["fuse"] = "fuse"
    models: Annotated[Listed[Label], Field(min_length=2)]
    """The labels of the models whose lists are fused."""
    rule: Literal["reciprocal_rank", "first_then", "confident_then"] = "reciprocal_rank"
    """How lists are fused: by the sum of reciprocal ranks; or one after the other, from the beginning of the first
    list, which is its first items, or those that its model is confident of."""
    weights: Listed[NonNegativeFloat] = ()
    """The weight of each model for `reciprocal_rank`, in the order of `models`; all 1 if left out."""
    damping: PositiveFloat = 60.0
    """The constant that `reciprocal_rank` adds to each rank: the larger it is, the less the first ranks stand out."""
    first: NonNegativeInt = 5
    """The number of items of the first list that come first in `first_then`."""
    confidence: float = 0.9
    """The score from which on items of the first list come first in `confident_then`."""
    depth: PositiveInt = 100
    """The length of each model's list; at least the length of the fused list."""

    @model_validator(mode="after")
    def _check(self) -> "Config":
        if len(set(self.models)) != len(self.models):
            raise ValueError(f"models is {list(self.models)}; no label may occur twice")
        if self.weights and len(self.weights) != len(self.models):
            raise ValueError(f"weights has {len(self.weights)} numbers; models has {len(self.models)} labels")
        return self

    @property
    def needs(self) -> Needs:
        """The fused models, each with its label as the role."""
        return Needs(models={label: label for label in self.models})

    def build(self, n_items: int) -> "Fuse":
        """Returns an unfitted model over `n_items` encoded items."""
        return Fuse(self, n_items)


class Fuse(ListRecommender, ClosedForm):
    """Several models and a rule that fuses their lists."""

    config: Config

    def __init__(self, config: Config, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Returns an empty state, since nothing is learnt."""
        return State({})

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Keeps the fitted models."""
        super().load(state, given, run)
        self.models = [given.models[label] for label in self.config.models]

    def make_lists(self, prompts: Sequences, rules: Rules) -> Lists:
        """Returns the fused lists."""
        deep = Rules(max(rules.k, self.config.depth), rules.candidates, rules.exclude_seen)
        lists = [recommend(model, prompts, deep) for model in self.models]
        ranks = np.broadcast_to(np.arange(deep.k), (len(prompts), deep.k))
        worth = np.stack([self._worth(place, ranks, one.scores) for place, one in enumerate(lists)])
        return _best_of(np.stack([one.items for one in lists]), worth, rules.k, self._combine)

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """Scores the shown items by their ranks among each other."""
        totals = np.zeros(shown.shape)
        for place, model in enumerate(self.models):
            scores = model.score_shown(prompts, shown).to(torch.float32).cpu().numpy()
            # Items that a model does not recommend are not in its list, so they have no rank.
            listed = (shown >= 0) & (scores > -np.inf)
            order = np.lexsort([shown, -np.where(listed, scores, -np.inf)])
            ranks = np.argsort(order, axis=1)
            totals = self._combine(totals, self._worth(place, ranks, scores) * listed)
        return torch.from_numpy(np.where(totals > 0, totals, -np.inf).astype(np.float32)).to(self.device)

    @property
    def _combine(self) -> np.ufunc:
        """The function that combines an item's worth in several lists."""
        return np.add if self.config.rule == "reciprocal_rank" else np.maximum

    def _worth(
        self, place: int, ranks: Int64[np.ndarray, "n_prompts depth"], scores: Float32[np.ndarray, "n_prompts depth"]
    ) -> Float64[np.ndarray, "n_prompts depth"]:
        """Returns the worth of the entries in the lists of one model, given their ranks and scores."""
        config, depth = self.config, ranks.shape[1]
        if config.rule == "reciprocal_rank":
            weight = config.weights[place] if config.weights else 1.0
            return np.asarray(weight / (config.damping + ranks + 1))
        # Every rank of a list is worth more than any of the next list; of the first list, only the beginning comes
        # before the second.
        n_models = len(self.models)
        leads = ranks < config.first if config.rule == "first_then" else scores >= config.confidence
        tier = np.where(leads, n_models + 1, 1) if place == 0 else np.full(ranks.shape, n_models + 1 - place)
        return np.asarray(tier - ranks / (depth + 1))


def _best_of(
    listed: Int32[np.ndarray, "n_models n_prompts depth"],
    worth: Float64[np.ndarray, "n_models n_prompts depth"],
    k: int,
    combine: np.ufunc,
) -> Lists:
    """Returns the k items of each prompt with the highest combined worth; ties are broken by item index."""
    models, prompts, ranks = np.nonzero(listed >= 0)
    n_prompts, width = listed.shape[1], int(listed.max(initial=0)) + 1
    pairs, entries = np.unique(prompts * width + listed[models, prompts, ranks], return_inverse=True)
    totals = np.zeros(len(pairs))
    combine.at(totals, entries, worth[models, prompts, ranks])
    rows, items, scores = pairs // width, pairs % width, totals.astype(np.float32)
    order = np.lexsort([items, -scores, rows])
    places = np.arange(len(order)) - np.searchsorted(rows, np.arange(n_prompts))[rows[order]]
    kept = order[places < k]
    lists = Lists(np.full((n_prompts, k), -1, np.int32), np.full((n_prompts, k), -np.inf, np.float32))
    lists.items[rows[kept], places[places < k]] = items[kept]
    lists.scores[rows[kept], places[places < k]] = scores[kept]
    return lists
