from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.evaluation.slices.transitions import by_transitions, transition_scores
from seqrec.types import Split
from tests.seqrec.evaluation.slices.prompts import places
from tests.synthetic import split_of

ROWS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=6), min_size=1, max_size=6)
ASKED = st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=6), min_size=1, max_size=6)


def same_users(train: list[list[int]], test: list[list[int]]) -> Split:
    """Return a split in which row `u` of training and row `u` of the test belong to user `u`."""
    return split_of(train, [], test, n_items=5)


def other_users(train: list[list[int]], test: list[list[int]]) -> Split:
    split = same_users(train, test)
    cases = split.test
    moved = replace(cases.prompts, users=(cases.prompts.users + 100).astype(np.int32))
    return replace(split, test=replace(cases, prompts=moved))


def slow_scores(train: list[list[int]], test: list[list[int]], *, own: bool) -> list[float]:
    by_row = [Counter(pairwise(row)) for row in train]
    means = []
    for user, row in enumerate(test):
        counted = [other for place, other in enumerate(by_row) if not own or place != user]
        steps = list(pairwise(row))
        means.append(sum(counts[step] for counts in counted for step in steps) / len(steps))
    return means


def test_scores_by_hand():
    train = [[0, 1, 2], [0, 1], [3, 0, 1, 0, 1]]
    # Steps of the first case: 0 to 1 (four in training), 1 to 2 (one). Step of the second: 2 to 3 (none in training).
    assert transition_scores(other_users(train, [[0, 1, 2], [2, 3]])).tolist() == [2.5, 0.0]
    # The first user has each of these steps once, the third user has 0 to 1 twice.
    assert transition_scores(same_users(train, [[0, 1, 2], [2, 3], [0, 1]])).tolist() == [1.5, 0.0, 2.0]


@given(ROWS, ASKED, st.booleans())
def test_agrees_with_plain_counting(train, test, own):
    split = (same_users if own else other_users)(train, test)
    assert transition_scores(split).tolist() == pytest.approx(slow_scores(train, test, own=own))


def test_the_half_that_goes_the_way_of_others_and_the_rest():
    train = [[0, 1]] * 6 + [[1, 2]] * 4 + [[2, 3]] * 2
    split = other_users(train, [[2, 3], [0, 1], [1, 2], [3, 4]])
    assert places(by_transitions(split)) == {"non-transition": [0, 3], "transition": [1, 2]}


def test_equal_scores_stay_together_and_all_equal_are_no_transition():
    train = [[0, 1]] * 6 + [[1, 2]] * 4
    most_unknown = other_users(train, [[0, 1], [3, 4], [3, 4], [3, 4], [3, 4]])
    assert places(by_transitions(most_unknown)) == {"non-transition": [1, 2, 3, 4], "transition": [0]}
    assert list(by_transitions(other_users(train, [[3, 4], [4, 3]]))) == ["non-transition"]


def test_shuffled_histories_are_not_parted():
    train = [[0, 1]] * 6 + [[1, 2]] * 4
    split = other_users(train, [[0, 1], [3, 4], [3, 4], [1, 2]])
    assert len(by_transitions(split)) == 2
    assert places(by_transitions(replace(split, shuffled=True))) == {"shuffled": [0, 1, 2, 3]}


def test_training_without_a_step():
    assert transition_scores(other_users([[0], [1]], [[0, 1], [1, 2, 3]])).tolist() == [0.0, 0.0]
