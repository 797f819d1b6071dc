"""Recency: recommends by fading popularity, in which each training interaction loses half its weight per half-life.

It is a floor for catalogues that drift. Age is measured from the last interaction of training, so that nothing
later than training is read.
"""

from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import PositiveFloat

from seqrec.models.base import Ingredients, ModelConfig
from seqrec.models.most_popular import MostPopular
from seqrec.types import Run, State, Training

DAY_US = 86_400_000_000
"""The microseconds of a day."""


class Config(ModelConfig):
    """Popularity in which an interaction counts less the older it is, with exponential decay."""

    name: Literal["recency"] = "recency"
    is_floor: ClassVar[bool] = True
    half_life_days: PositiveFloat = 30.0
    """The age, in days, at which an interaction counts half."""

    def build(self, n_items: int) -> "Recency":
        """Returns an unfitted model over `n_items` encoded items."""
        return Recency(self, n_items)


class Recency(MostPopular):
    """Item popularity in which interactions fade with age."""

    config: Config

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:  # noqa: ARG002
        """Counts interactions, older ones with less weight."""
        train = data.train
        ages_days = (train.times.max(initial=0) - train.times) / DAY_US
        faded = np.bincount(train.items, np.exp2(-ages_days / self.config.half_life_days), self.n_items)
        return State({"scores": torch.from_numpy(faded.astype(np.float32))})
