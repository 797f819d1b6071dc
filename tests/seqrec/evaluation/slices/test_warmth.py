from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.evaluation.slices.warmth import by_warmth
from seqrec.types import Split
from tests.seqrec.evaluation.slices.prompts import places
from tests.synthetic import split_of


def split_of_counts(counts: list[int]) -> Split:
    """Return a split in which item `i` occurs `counts[i]` times in training, and is the target of case `i`."""
    train = [[item for item, count in enumerate(counts) for _ in range(count)]]
    return split_of(train, [], [[0, item] for item in range(len(counts))], n_items=len(counts))


def test_items_are_ranked_by_training_and_cases_go_with_their_target():
    split = split_of_counts([1, 2, 3, 4, 5, 6, 7, 8, 9, 90, 0, 3, 8, 5, 5, 5, 5, 5, 5, 20])
    # 20 items, so 7 on either side: 0 to 4 are six and 5 more than half; 7 and more are six, 6 and more seven.
    assert places(by_warmth(split)) == {
        "cold (0 to 4)": [0, 1, 2, 3, 10, 11],
        "between (5)": [4, 13, 14, 15, 16, 17, 18],
        "warm (6 to 90)": [5, 6, 7, 8, 9, 12, 19],
    }


def test_counts_are_those_of_training_whatever_popularity_means():
    split = split_of_counts([1, 2, 3, 4, 5, 6])
    other = replace(split, popularity=split.popularity[::-1].copy())
    assert places(by_warmth(split)) == places(by_warmth(other))


def test_a_group_that_is_no_target_is_left_out_and_equal_items_are_neither():
    assert list(by_warmth(split_of([[0, 1, 1, 2, 2, 2]], [], [[0, 2]], n_items=3))) == ["warm (3)"]
    assert list(by_warmth(split_of_counts([4, 4, 4]))) == ["between (4)"]


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30).filter(any))
def test_no_case_is_both_or_neither(counts):
    groups = by_warmth(split_of_counts(counts))
    assert np.sum(list(groups.values()), axis=0).tolist() == [1] * len(counts)
    sizes = {name.split()[0]: inside.sum() / len(counts) for name, inside in groups.items()}
    most = max(counts.count(count) for count in counts) / len(counts)
    for name in ("cold", "warm"):
        assert sizes.get(name, 0.0) == pytest.approx(0.35, abs=most / 2 + 1e-9)
