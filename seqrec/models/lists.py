"""The base of models that make whole lists, by generating them or by combining the lists of others."""

from abc import abstractmethod

import torch
from jaxtyping import Float32
from torch import Tensor

from seqrec.models.base import Recommender
from seqrec.types import Lists, Rules, Sequences


class ListRecommender(Recommender):
    """A recommender that makes its lists in `encode`, under the rules, and returns their scores in `score`.

    Items outside the list score minus infinity: they are not recommended, so a target among them is a miss.
    """

    @abstractmethod
    def make_lists(self, prompts: Sequences, rules: Rules) -> Lists:
        """Returns the best items for each prompt, with decreasing scores."""

    def encode(self, prompts: Sequences, rules: Rules) -> Lists:
        """Returns the lists themselves."""
        return self.make_lists(prompts, rules)

    def score(self, queries: Lists, start: int, stop: int) -> Float32[Tensor, "n_prompts n_scored"]:
        """Returns the scores of the listed items, and minus infinity for all others."""
        scores = torch.full((len(queries), stop - start), -torch.inf, device=self.device)
        inside = (queries.items >= start) & (queries.items < stop)
        rows, places = inside.nonzero()
        columns = torch.from_numpy(queries.items[rows, places].astype("int64") - start)
        listed = torch.from_numpy(queries.scores[rows, places])
        scores[torch.from_numpy(rows).to(self.device), columns.to(self.device)] = listed.to(self.device)
        return scores
