"""Switch: chooses between the lists of two other models by the popularity of the prompt's last item (Boz et al. 2024).

In the paper (section 4.4, "LLMSeqSim & Sequential"), a sequential model answers if the last item is popular enough
to have been learnt, and text similarity answers if it is not. The lists are not changed, and scores are never
mixed. Where we deviate:

* popularity is the share of *training* sessions that contain the item, while the authors count all data, including the
  test; the threshold is likewise a quantile over the items that training has seen;
* an empty prompt goes to the model for unpopular items.
"""

from typing import Annotated, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int32
from pydantic import Field
from torch import Tensor

from seqrec.evaluation.ranking import recommend
from seqrec.models.base import ClosedForm, Ingredients, Label, ModelConfig, Needs
from seqrec.models.lists import ListRecommender
from seqrec.models.popularity import are_popular, count_sessions
from seqrec.models.ragged import last_items
from seqrec.types import Lists, Rules, Run, Sequences, State, Training


class Config(ModelConfig):
    """A choice between two models by the popularity of the last item (Boz et al. 2024, section 4.4)."""

    name: Literal["switch"] = "switch"
    popular: Label
    """The label of the model that answers if the last item is popular."""
    rare: Label
    """The label of the model that answers if it is not."""
    quantile: Annotated[float, Field(ge=0.0, le=1.0)] = 0.25
    """The share of the trained items that count as rare: those with the fewest training sessions."""

    @property
    def needs(self) -> Needs:
        """The two models."""
        return Needs(models={"popular": self.popular, "rare": self.rare})

    def build(self, n_items: int) -> "Switch":
        """Returns an unfitted model over `n_items` encoded items."""
        return Switch(self, n_items)


class Switch(ListRecommender, ClosedForm):
    """Two models, and the number of training sessions that contain each item."""

    config: Config

    def __init__(self, config: Config, n_items: int) -> None:
        self.config = config
        self.n_items = n_items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Counts the sessions of each item."""
        return State({"sessions": count_sessions(data.train, self.n_items)})

    def load(self, state: State, given: Ingredients, run: Run) -> None:
        """Restores the fitted model from `state`."""
        super().load(state, given, run)
        # The last entry is for prompts without an item.
        self.is_popular = np.append(are_popular(state.tensors["sessions"], self.config.quantile), False)
        self.models = given.models

    def make_lists(self, prompts: Sequences, rules: Rules) -> Lists:
        """Returns for each prompt the list of the model that the last item selects."""
        k = rules.k
        lists = Lists(np.full((len(prompts), k), -1, np.int32), np.full((len(prompts), k), -np.inf, np.float32))
        for role, rows in self._rows(prompts).items():
            chosen = recommend(self.models[role], prompts.take(rows), rules)
            lists.items[rows], lists.scores[rows] = chosen.items, chosen.scores
        return lists

    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float32[Tensor, "n_prompts n_shown"]:
        """Returns for each prompt the scores of the model that the last item selects."""
        scores = torch.empty(shown.shape, device=self.device)
        for role, rows in self._rows(prompts).items():
            answered = self.models[role].score_shown(prompts.take(rows), shown[rows])
            scores[torch.from_numpy(rows).to(self.device)] = answered.to(torch.float32)
        return scores

    def _rows(self, prompts: Sequences) -> dict[str, np.ndarray]:
        """Returns the prompts that each model answers."""
        popular: Bool[np.ndarray, " n_prompts"] = self.is_popular[last_items(prompts, missing=self.n_items)]
        return {"popular": np.flatnonzero(popular), "rare": np.flatnonzero(~popular)}
