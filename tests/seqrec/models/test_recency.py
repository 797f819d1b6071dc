import dataclasses

import numpy as np
import pytest
from pydantic import ValidationError

from seqrec.models.recency import DAY_US, Config
from seqrec.types import Split
from tests.seqrec.models.fitted import fitted, scores_of
from tests.synthetic import sequences_of, split_of, with_training


def split_at(days: list[float]) -> Split:
    """Return a split with items 0, 1, 0, 2 in training, on the given days."""
    split = split_of([[0, 1], [0, 2]], [], [], n_items=4)
    train = dataclasses.replace(split.training.train, times=(np.array(days) * DAY_US).astype(np.int64))
    return with_training(split, train=train)


def test_an_interaction_halves_with_every_half_life_before_the_end_of_training() -> None:
    model = fitted(Config(half_life_days=10.0), split_at([0, 20, 20, 10]))
    assert scores_of(model, sequences_of([[0]]), 4)[0] == pytest.approx([0.25 + 1, 1, 0.5, 0])


def test_the_age_of_training_as_a_whole_changes_nothing() -> None:
    prompts = sequences_of([[1]])
    early, late = (fitted(Config(), split_at([offset, offset + 9, offset + 3, offset + 5])) for offset in (0, 4000))
    assert np.array_equal(scores_of(early, prompts, 4), scores_of(late, prompts, 4))


def test_a_half_life_is_positive() -> None:
    with pytest.raises(ValidationError, match="half_life_days"):
        Config(half_life_days=0.0)
