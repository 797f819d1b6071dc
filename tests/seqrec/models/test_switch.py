"""The popularity of the last item chooses the model that answers."""

import numpy as np
import pytest
from pydantic import ValidationError

from seqrec.evaluation.ranking import recommend
from seqrec.models.markov import Config as Markov
from seqrec.models.most_popular import Config as MostPopular
from seqrec.models.switch import Config, Switch
from seqrec.types import Lists, Sequences
from tests.seqrec.models.fitted import any_items, fitted
from tests.synthetic import sequences_of, split_of

# Sessions that contain each item: 0 in four, 1 in three, 2 in two, 3 in one, 4 in none.
SPLIT = split_of([[0, 1, 2], [0, 1], [0, 1, 2], [0, 0, 3]], [], [], n_items=5)
PROMPTS = sequences_of([[0], [1], [2], [3], [4], []])
LEARNT = {"popular": fitted(Markov(), SPLIT), "rare": fitted(MostPopular(), SPLIT)}


def switch(quantile: float) -> Switch:
    model = fitted(Config(popular="a", rare="b", quantile=quantile), SPLIT, models=LEARNT)
    assert isinstance(model, Switch)
    return model


def lists_of(role: str, prompts: Sequences) -> Lists:
    return recommend(LEARNT[role], prompts, any_items(5))


@pytest.mark.parametrize(
    ("quantile", "popular"),
    [
        # The threshold is the smallest count of a trained item, 1.
        (0.0, [True, True, True, True, False, False]),
        # The median of the counts 1, 2, 3, 4 is 2.5.
        (0.5, [True, True, False, False, False, False]),
        (1.0, [True, False, False, False, False, False]),
    ],
)
def test_sessions_that_hold_the_last_item_choose(quantile: float, popular: list[bool]) -> None:
    found = recommend(switch(quantile), PROMPTS, any_items(5))
    wanted = [lists_of("popular" if chosen else "rare", PROMPTS).items[row] for row, chosen in enumerate(popular)]
    np.testing.assert_array_equal(found.items, wanted)
    # The two models must differ, or this test would prove nothing.
    assert (lists_of("popular", PROMPTS).items != lists_of("rare", PROMPTS).items).any()


def test_an_item_counts_once_for_each_session() -> None:
    # In the last session item 0 occurs twice: with five interactions it would be further from the others.
    assert switch(0.5).is_popular.tolist() == [True, True, False, False, False, False]


def test_shown_candidates_are_scored_by_the_chosen_model() -> None:
    model, shown = switch(0.5), np.array([[3, 1, 0]] * 6, np.int32)
    found = model.score_shown(PROMPTS, shown)
    for row, popular in enumerate([True, True, False, False, False, False]):
        chosen = LEARNT["popular" if popular else "rare"]
        assert found[row].tolist() == chosen.score_shown(PROMPTS, shown)[row].tolist()


def test_a_quantile_is_a_share() -> None:
    with pytest.raises(ValidationError, match="quantile"):
        Config(popular="a", rare="b", quantile=1.5)
