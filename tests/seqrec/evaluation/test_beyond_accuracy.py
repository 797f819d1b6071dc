import dataclasses

import numpy as np
import pytest

from seqrec.evaluation.beyond_accuracy import Judged, coverage, most_popular, novelty, serendipity
from seqrec.types import Lists, Places, Rankings, Split
from tests.synthetic import split_of


def judged(split: Split, lists: list[list[int]], better: list[int], tied: list[int]) -> Judged:
    items = np.array(lists, np.int32)
    rankings = Rankings(
        Lists(items, np.where(items < 0, -np.inf, 0).astype(np.float32)), Places(np.array(better), np.array(tied))
    )
    return Judged(rankings, split.test.targets[: len(items)], split.popularity)


@pytest.fixture
def split() -> Split:
    """Return a split with counts 4, 2, 1, 1, 0; the targets are the most popular item and a rare one."""
    return split_of([[0, 0, 0, 0], [1, 1, 2, 3]], [], [[1, 0], [1, 3]], n_items=5)


def test_coverage_divides_by_the_whole_vocabulary_and_ignores_gaps(split: Split) -> None:
    rankings = judged(split, [[0, 1], [0, -1]], [0, 0], [1, 1])
    assert coverage(rankings, 2) == pytest.approx(2 / 5)
    assert coverage(rankings, 1) == pytest.approx(1 / 5)


def test_serendipity_leaves_popular_targets_out(split: Split) -> None:
    rankings = judged(split, [[0, 1], [3, 0]], [0, 0], [1, 1])
    assert serendipity(rankings, 1) == pytest.approx(1 / 2)


def test_serendipity_is_an_expectation_under_ties(split: Split) -> None:
    rankings = judged(split, [[0, 1], [2, 3]], [0, 0], [1, 4])
    assert serendipity(rankings, 1) == pytest.approx(1 / 4 / 2)


def test_popularity_ties_go_to_the_lower_index(split: Split) -> None:
    assert most_popular(split.popularity, 3).tolist() == [0, 1, 2]
    assert most_popular(split.popularity, 99).tolist() == [0, 1, 2, 3, 4]


def test_novelty_by_hand(split: Split) -> None:
    rankings = judged(split, [[0, 1], [2, -1]], [0, 0], [1, 1])
    assert novelty(rankings, 2) == pytest.approx(((1 + 2) / 2 + 3) / 2)


def test_an_item_without_interactions_stays_in_the_divisor(split: Split) -> None:
    rankings = judged(split, [[2, 4]], [0], [1])
    assert novelty(rankings, 2) == pytest.approx(3 / 2)


def test_an_empty_list_counts_as_nothing(split: Split) -> None:
    rankings = judged(split, [[2, 3], [-1, -1]], [0, 0], [1, 0])
    assert novelty(rankings, 2) == pytest.approx(3 / 2)


def test_counts_may_be_those_of_the_whole_data(split: Split) -> None:
    whole = dataclasses.replace(split, popularity=np.array([1, 1, 1, 1, 4]))
    assert novelty(judged(whole, [[4, 0]], [0], [1]), 2) == pytest.approx((1 + 3) / 2)


def test_a_cutoff_beyond_the_lists_is_a_mistake(split: Split) -> None:
    with pytest.raises(AssertionError, match="shorter"):
        coverage(judged(split, [[0, 1]], [0], [1]), 3)
