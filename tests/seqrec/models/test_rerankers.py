"""Models that drop items from the list of another one: rare items, and items that are much alike."""

import numpy as np
import pytest

from seqrec.evaluation.ranking import recommend
from seqrec.models.diversify import Config as Diversify
from seqrec.models.popularity_filter import Config as PopularityFilter
from seqrec.models.reranker import BASE, RerankerConfig
from seqrec.text.source import VectorSource
from seqrec.types import Vectors
from tests.seqrec.models.fitted import any_items, fitted
from tests.seqrec.models.test_fuse import Given
from tests.synthetic import sequences_of, split_of

# Sessions that contain each item: 0 in four, 1 in three, 2 in two, 3 in one, 4 to 7 in none.
SPLIT = split_of([[0, 1, 2], [0, 1], [0, 1, 2], [0, 0, 3]], [], [], n_items=8)
PROMPTS = sequences_of([[0], [1]])


def reranked(config: RerankerConfig, items: list[int], k: int, vectors: Vectors | None = None) -> list[int]:
    """Return what both prompts get of a list."""
    model = fitted(config, SPLIT, vectors, models={BASE: Given(items)})
    found = recommend(model, PROMPTS, any_items(8, k))
    np.testing.assert_array_equal(found.items[0], found.items[1])
    assert (np.diff(found.scores[0][found.items[0] >= 0]) < 0).all()
    assert np.isneginf(found.scores[0][found.items[0] < 0]).all()
    return found.items[0].tolist()


def rare_by_hand(items: list[int], k: int, popular: set[int]) -> list[int]:
    """Walk the list as the paper says."""
    left = list(items)
    for item in items:
        if len(left) <= k:
            break
        if item not in popular:
            left.remove(item)
    return [*left, *[-1] * k][:k]


@pytest.mark.parametrize("k", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("items", [[4, 0, 3, 5, 1, 2], [5, 6, 7, 4], [0, 1, 2, 3], [3, 2, 1, 0, 7]])
def test_rare_items_leave_while_the_list_stays_full(items: list[int], k: int) -> None:
    # The median of the counts 1, 2, 3, 4 is 2.5, so 0 and 1 are popular.
    config = PopularityFilter(base="a", quantile=0.5, depth=8)
    assert reranked(config, items, k) == rare_by_hand(items, k, {0, 1})


def test_with_no_rare_items_nothing_changes() -> None:
    items = [3, 1, 0, 2]
    assert reranked(PopularityFilter(base="a", quantile=0.0, depth=8), items, 4) == items


def groups() -> Vectors:
    """Return vectors of three groups of items that point the same way: 0 to 2, 3 to 5, 6 and 7."""
    values = np.zeros((8, 3), np.float32)
    values[np.arange(8), [0, 0, 0, 1, 1, 1, 2, 2]] = 1.0
    return Vectors(values + 0.01 * np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32))


@pytest.mark.parametrize(
    ("fill", "expected"), [(False, [1, 3, 6, -1, -1]), (True, [1, 0, 3, 5, 6])], ids=["short", "filled"]
)
def test_items_that_are_alike_leave(fill: bool, expected: list[int]) -> None:
    # Of 28 pairs, 7 are of one group, so the upper quartile of cosines divides them from the others.
    config = Diversify(base="a", source=VectorSource(encoder="any"), quantile=0.75, fill=fill, depth=8)
    assert reranked(config, [1, 0, 3, 5, 6, 2, 4], 5, groups()) == expected


def test_shown_candidates_keep_the_order_of_the_other_model() -> None:
    model = fitted(PopularityFilter(base="a", depth=8), SPLIT, models={BASE: Given([4, 0, 3])})
    shown = np.array([[3, 4, 0]] * 2, np.int32)
    order = np.argsort(-model.score_shown(PROMPTS, shown).numpy()[0])
    assert shown[0][order].tolist() == [4, 0, 3]
