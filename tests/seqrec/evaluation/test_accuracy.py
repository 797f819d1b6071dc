import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.evaluation.accuracy import hit_rate, ndcg, reciprocal_rank
from seqrec.types import Places


def places_of(better: list[int], tied: list[int]) -> Places:
    return Places(np.array(better, np.int64), np.array(tied, np.int64))


def test_without_ties_by_hand() -> None:
    places = places_of([0, 2, 4, 5], [1, 1, 1, 1])
    assert hit_rate(places, 5).tolist() == [1.0, 1.0, 1.0, 0.0]
    assert ndcg(places, 5) == pytest.approx([1.0, 0.5, 1 / np.log2(6), 0.0])
    assert reciprocal_rank(places, 5) == pytest.approx([1.0, 1 / 3, 1 / 5, 0.0])


def test_ties_across_the_cut_by_hand() -> None:
    # The target is second, third or fourth.
    places = places_of([1], [3])
    assert hit_rate(places, 2) == pytest.approx([1 / 3])
    assert ndcg(places, 2) == pytest.approx([1 / np.log2(3) / 3])
    assert reciprocal_rank(places, 3) == pytest.approx([(1 / 2 + 1 / 3) / 3])


def test_not_recommended_is_a_miss() -> None:
    places = places_of([0], [0])
    assert [float(metric(places, 10)[0]) for metric in (hit_rate, ndcg, reciprocal_rank)] == [0.0, 0.0, 0.0]


@given(st.integers(0, 12), st.integers(1, 12), st.integers(1, 10))
def test_the_mean_over_all_orders_of_the_tied(better: int, tied: int, k: int) -> None:
    ranks = np.arange(better + 1, better + tied + 1)
    inside = ranks <= k
    places = places_of([better], [tied])
    assert hit_rate(places, k) == pytest.approx([inside.mean()])
    assert ndcg(places, k) == pytest.approx([(inside / np.log2(ranks + 1)).mean()])
    assert reciprocal_rank(places, k) == pytest.approx([(inside / ranks).mean()])


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=5))
def test_within_bounds_and_growing_with_the_cutoff(pairs: list[tuple[int, int]]) -> None:
    places = places_of([better for better, _ in pairs], [tied for _, tied in pairs])
    for metric in (hit_rate, ndcg, reciprocal_rank):
        values = [metric(places, k) for k in (1, 3, 10)]
        assert all(((value >= 0) & (value <= 1 + 1e-12)).all() for value in values)
        assert all((high >= low - 1e-12).all() for low, high in itertools.pairwise(values))
    assert (reciprocal_rank(places, 10) <= ndcg(places, 10) + 1e-12).all()
    assert (ndcg(places, 10) <= hit_rate(places, 10) + 1e-12).all()
