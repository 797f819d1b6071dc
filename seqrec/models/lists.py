"""What models have in common that make whole lists, by generating or by combining the lists of others."""

from abc import abstractmethod

import torch
from jaxtyping import Float32
from torch import Tensor

from seqrec.models.base import Recommender
from seqrec.types import Lists, Rules, Sequences


class ListRecommender(Recommender):
    """A recommender that makes its lists in `encode`, under the rules, and lays them over minus infinity in `score`.

    An item that is not in the list is not recommended, so a target that is not in it is a miss.
    """

    @abstractmethod
    def make_lists(self, prompts: Sequences, rules: Rules) -> Lists:
        """The best items for each prompt, with scores that fall from the first to the last."""

    def encode(self, prompts: Sequences, rules: Rules) -> Lists:
        """The lists themselves."""
        return self.make_lists(prompts, rules)

    def score(self, queries: Lists, start: int, stop: int) -> Float32[Tensor, "n_prompts n_scored"]:
        """Scores of the listed items; minus infinity for all others."""
        scores = torch.full((len(queries), stop - start), -torch.inf, device=self.device)
        inside = (queries.items >= start) & (queries.items < stop)
        rows, places = inside.nonzero()
        columns = torch.from_numpy(queries.items[rows, places].astype("int64") - start)
        listed = torch.from_numpy(queries.scores[rows, places])
        scores[torch.from_numpy(rows).to(self.device), columns.to(self.device)] = listed.to(self.device)
        return scores
