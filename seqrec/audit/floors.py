"""The ranks that the floor models give the targets, before any other model is trained."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Int64

from seqrec.audit.sample import sample
from seqrec.config import name_of
from seqrec.evaluation.ranking import place
from seqrec.models import MODELS
from seqrec.models.base import Ingredients
from seqrec.types import Places, Run, Split

MAX_SCORES = 1_000_000_000
"""The largest number of scores per floor: seconds of work, and enough for all cases of the usual datasets."""
MIN_CASES = 2_000
"""The number of test cases that are always ranked, however large the catalogue is."""

RUN = Run(seed=0, device=torch.device("cpu"))


def floor_places(split: Split) -> Mapping[str, Places]:
    """Returns the places of the targets of `sampled_cases`, for each floor by its name."""
    cases = split.test.take(sampled_cases(split))
    places = {}
    for config in MODELS:
        if config.is_floor:
            model = config.model_validate({}).build(split.n_items)
            list(model.fit(split.training, Ingredients(), RUN))
            places[name_of(config)] = place(model, cases, split.training.rules)
    return places


def sampled_cases(split: Split) -> Int64[np.ndarray, " n_sampled"]:
    """Returns the test cases that floors are ranked on, ascending: all, or a seeded sample if all would take long."""
    most = max(MIN_CASES, MAX_SCORES // split.n_items)
    return sample(np.arange(len(split.test), dtype=np.int64), most, "cases")
