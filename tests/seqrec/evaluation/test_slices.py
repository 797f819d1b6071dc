from dataclasses import replace

import numpy as np
import pytest

from seqrec.evaluation.config import Comparison
from seqrec.evaluation.slices import by_history, by_popularity, slices
from tests.synthetic import random_split, split_of

QUICK = Comparison(n_resamples=50)


def split_with(lengths=(1, 2, 3, 5, 6, 10, 11, 20, 21, 60), targets=None, counts=None):
    targets = targets or [0] * len(lengths)
    rows = [[1] * length + [target] for length, target in zip(lengths, targets, strict=True)]
    split = split_of([[0, 1]], [[0, 1]], rows, n_items=10)
    return split if counts is None else replace(split, counts=np.array(counts, np.int64))


def test_history_buckets_hold_their_borders():
    sizes = {name: np.flatnonzero(inside).tolist() for name, inside in by_history(split_with()).items()}
    assert sizes == {
        "1 to 2": [0, 1],
        "3 to 5": [2, 3],
        "6 to 10": [4, 5],
        "11 to 20": [6, 7],
        "over 20": [8, 9],
    }


def test_buckets_without_a_case_are_left_out():
    assert list(by_history(split_with(lengths=(4, 30)))) == ["3 to 5", "over 20"]


def test_popularity_thirds_are_of_cases_and_name_their_borders():
    split = split_with(lengths=[3] * 6, targets=[0, 1, 2, 3, 4, 5], counts=[1, 2, 7, 9, 50, 80, 1000, 0, 0, 0])
    groups = {name: np.flatnonzero(inside).tolist() for name, inside in by_popularity(split).items()}
    assert groups == {"tail (1 to 2)": [0, 1], "torso (7 to 9)": [2, 3], "head (50 to 80)": [4, 5]}


def test_equal_counts_are_never_parted():
    split = split_with(lengths=[3] * 4, targets=[0, 1, 2, 3], counts=[5, 5, 5, 9, 0, 0, 0, 0, 0, 0])
    assert {name: inside.sum() for name, inside in by_popularity(split).items()} == {
        "tail (5)": 3,
        "head (9)": 1,
    }


@pytest.mark.parametrize("groups", [by_history, by_popularity])
def test_every_case_is_in_exactly_one_group(groups):
    split = random_split()
    assert np.array_equal(sum(inside.astype(int) for inside in groups(split).values()), np.ones(len(split.test)))


def test_cells_are_means_of_their_group_and_add_up():
    split = random_split()
    values = np.random.default_rng(0).random(len(split.test))
    for kind in slices(split, {"hr_at_20": {"a": values, "b": 1.0 - values}}, QUICK):
        sizes = [group.n_cases for group in kind.groups]
        means = [group.cells["hr_at_20"]["a"].mean for group in kind.groups]
        assert sum(sizes) == len(split.test)
        assert np.average(means, weights=sizes) == pytest.approx(values.mean())
        for group in kind.groups:
            cell, other = (group.cells["hr_at_20"][label] for label in "ab")
            assert cell.low < cell.mean < cell.high
            assert other.low == pytest.approx(1.0 - cell.high)  # shared resamples


def test_history_by_hand():
    split = split_of([[0, 1]], [[0, 1]], [[0, 1], [0, 1, 2], [0, 1, 2, 3, 4, 5, 6]], n_items=10)
    history, _ = slices(split, {"hr_at_20": {"a": np.array([1.0, 0.0, 0.25])}}, QUICK)
    assert [(g.name, g.n_cases, g.cells["hr_at_20"]["a"].mean) for g in history.groups] == [
        ("1 to 2", 2, 0.5),
        ("6 to 10", 1, 0.25),
    ]
