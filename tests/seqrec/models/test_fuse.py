"""The lists of several models are fused by the ranks of their items."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from seqrec.evaluation.ranking import recommend
from seqrec.models.base import ClosedForm, Ingredients
from seqrec.models.fuse import Config
from seqrec.models.lists import ListRecommender
from seqrec.models.most_popular import Config as MostPopular
from seqrec.types import Lists, Rules, Run, Sequences, State, Training
from tests.seqrec.models.fitted import any_items, fitted
from tests.synthetic import sequences_of, split_of

SPLIT = split_of([[0, 1]], [], [], n_items=8)
PROMPTS = sequences_of([[0], [1]])


class Given(ListRecommender, ClosedForm):
    """Recommends the same list to every user."""

    def __init__(self, items: list[int]) -> None:
        self.config, self.n_items, self._device, self.items = MostPopular(), 8, CPU, items

    def learn(self, data: Training, given: Ingredients, run: Run) -> State:
        return State({})

    def make_lists(self, prompts: Sequences, rules: Rules) -> Lists:
        items = np.full((len(prompts), rules.k), -1, np.int32)
        own = self.items[: rules.k]
        items[:, : len(own)] = own
        scores = np.where(items >= 0, -np.arange(rules.k), -np.inf).astype(np.float32)
        return Lists(items, scores)


CPU = torch.device("cpu")
FIRST, SECOND, THIRD = [0, 1, 2, 3], [2, 4, 0, 5], [6, 0]


def fused(k: int, *lists: list[int], **settings: object) -> list[int]:
    """Return the items that both prompts receive."""
    found = recommend(model_of(*lists, **settings), PROMPTS, any_items(8, k)).items
    np.testing.assert_array_equal(found[0], found[1])
    return found[0].tolist()


def model_of(*lists: list[int], **settings: object) -> ListRecommender:
    labels = tuple(f"m{place}" for place in range(len(lists)))
    models = {label: Given(items) for label, items in zip(labels, lists, strict=True)}
    return fitted(Config.model_validate({"models": labels, **settings}), SPLIT, models=models)


def slow_reciprocal_ranks(lists: list[list[int]], weights: list[float], damping: float) -> list[int]:
    worth = {
        item: sum(
            weight / (damping + items.index(item) + 1)
            for items, weight in zip(lists, weights, strict=True)
            if item in items
        )
        for item in range(8)
    }
    return sorted((item for item in worth if worth[item] > 0), key=lambda item: (-worth[item], item))


def test_reciprocal_ranks_by_hand() -> None:
    # With a damping of 1: item 0 has 1/2 + 1/4, item 2 has 1/4 + 1/2 (a tie, by item), 1 and 4 have 1/3, 3 and 5 1/5.
    assert fused(8, FIRST, SECOND, damping=1.0) == [0, 2, 1, 4, 3, 5, -1, -1]
    # Item 2 has 1/4 + 2/2, item 4 2/3, item 0 1/2 + 2/4.
    assert fused(4, FIRST, SECOND, damping=1.0, weights=(1.0, 2.0)) == [2, 0, 4, 5]


@pytest.mark.parametrize("damping", [0.5, 60.0])
@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0), (0.2, 3.0, 1.0)])
def test_reciprocal_ranks_agree_with_a_slow_sum(damping: float, weights: tuple[float, ...]) -> None:
    wanted = slow_reciprocal_ranks([FIRST, SECOND, THIRD], list(weights), damping)
    assert fused(8, FIRST, SECOND, THIRD, damping=damping, weights=weights) == [*wanted, *[-1] * (8 - len(wanted))]


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        (0, [2, 4, 0, 5, 1, 3, -1]),
        (1, [0, 2, 4, 5, 1, 3, -1]),
        (2, [0, 1, 2, 4, 5, 3, -1]),
        # Once the second list is used up, the rest of the first follows.
        (3, [0, 1, 2, 4, 5, 3, -1]),
        (9, [0, 1, 2, 3, 4, 5, -1]),
    ],
)
def test_the_first_items_of_one_list_and_then_the_other(first: int, wanted: list[int]) -> None:
    assert fused(7, FIRST, SECOND, rule="first_then", first=first) == wanted


def test_three_lists_follow_one_another() -> None:
    assert fused(8, FIRST, SECOND, THIRD, rule="first_then", first=1) == [0, 2, 4, 5, 6, 1, 3, -1]


def test_lists_are_as_deep_as_the_setting_says() -> None:
    assert fused(4, FIRST, SECOND, rule="first_then", first=1, depth=4) == [0, 2, 4, 5]
    # At a depth of one, an item at the second rank is in no list.
    assert fused(1, [1, 3], [2, 3], damping=1.0, depth=1) == [1]
    assert fused(1, [1, 3], [2, 3], damping=1.0, depth=2) == [3]


@pytest.mark.parametrize("settings", [{"damping": 1.0}, {"rule": "first_then", "first": 1}])
def test_shown_candidates_are_ranked_among_each_other(settings: dict[str, object]) -> None:
    shown = np.array([[5, 4, 2, 7, -1]] * 2, np.int32)
    scores = model_of(FIRST, SECOND, **settings).score_shown(PROMPTS, shown)[0]
    # Of these, the first list has only item 2, and the second has 2, 4 and 5. No list has item 7.
    assert np.argsort(-scores[:4].numpy(), kind="stable").tolist() == [2, 1, 0, 3]
    assert scores[3] == -torch.inf


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"models": ("a",)}, "at least 2"),
        ({"models": ("a", "a")}, "no label may occur twice"),
        ({"models": ("a", "b"), "weights": (1.0,)}, "weights has 1 numbers; models has 2 labels"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Config.model_validate(settings)


def test_the_first_list_leads_as_long_as_it_is_confident() -> None:
    # The scores of a given list are 0, -1, -2 and so on.
    assert fused(6, FIRST, SECOND, rule="confident_then", confidence=-1.5) == [0, 1, 2, 4, 5, 3]
    assert fused(6, FIRST, SECOND, rule="confident_then", confidence=0.5) == [2, 4, 0, 5, 1, 3]
    assert fused(4, FIRST, SECOND, rule="confident_then", confidence=-9.0) == FIRST


def test_shown_candidates_are_fused_by_confidence_too() -> None:
    shown = np.array([[5, 3, 1, 4]] * 2, np.int32)
    model = model_of(FIRST, SECOND, rule="confident_then", confidence=-1.5)
    order = np.argsort(-model.score_shown(PROMPTS, shown).numpy()[0])
    assert shown[0][order].tolist() == [1, 4, 5, 3]
