import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.models.markov import Config
from tests.seqrec.models.fitted import fitted, scores_of
from tests.synthetic import sequences_of, split_of

TRAIN = [[0, 1, 2], [0, 1], [0, 2], [3, 3]]


def test_transition_counts_above_popularity() -> None:
    model = fitted(Config(), split_of(TRAIN, [], [], n_items=5))
    back_off = np.array([3, 2, 2, 2, 0]) / 4
    scores = scores_of(model, sequences_of([[2, 0], [3], [2]]), 5)
    assert scores[0] == pytest.approx(back_off + np.array([0, 2, 1, 0, 0]))
    assert scores[1] == pytest.approx(back_off + np.array([0, 0, 0, 1, 0]))
    assert scores[2] == pytest.approx(back_off)


def test_no_transition_from_one_sequence_to_the_next() -> None:
    model = fitted(Config(), split_of([[0, 1], [2, 3]], [], [], n_items=4))
    scores = scores_of(model, sequences_of([[1]]), 4)[0]
    assert (scores < 1).all()


def test_an_empty_prompt_gets_popularity() -> None:
    model = fitted(Config(), split_of(TRAIN, [], [], n_items=5))
    assert scores_of(model, sequences_of([[]]), 5)[0] == pytest.approx(np.array([3, 2, 2, 2, 0]) / 4)


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=6), st.integers(0, 5))
def test_observed_successors_rank_above_all_others(train: list[list[int]], last: int) -> None:
    model = fitted(Config(), split_of(train, [], [], n_items=6))
    followers = {b for row in train for a, b in itertools.pairwise(row) if a == last}
    scores = scores_of(model, sequences_of([[last]]), 6)[0]
    assert {item for item in range(6) if scores[item] >= 1} == followers
