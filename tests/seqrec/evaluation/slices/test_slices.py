import numpy as np
import pytest

from seqrec.evaluation.slices import SLICINGS, slices
from tests.synthetic import random_split, split_of


@pytest.mark.parametrize("slicing", SLICINGS, ids=lambda slicing: slicing.title)
def test_every_case_is_in_exactly_one_group(slicing):
    split = random_split()
    groups = slicing.members(split)
    assert np.array_equal(np.sum(list(groups.values()), axis=0), np.ones(len(split.test)))
    assert all(inside.any() for inside in groups.values())


def test_every_slicing_says_what_it_is():
    assert len({slicing.title for slicing in SLICINGS}) == len(SLICINGS)
    assert all(slicing.description.endswith(".") for slicing in SLICINGS)


def test_cells_are_means_of_their_group_and_add_up():
    split = random_split()
    values = np.random.default_rng(0).random((2, len(split.test)))
    for kind in slices(split, {"hr_at_20": {"a": values, "b": 1.0 - values}}, 0.95):
        sizes = [group.n_cases for group in kind.groups]
        means = [group.cells["hr_at_20"]["a"].mean for group in kind.groups]
        assert sum(sizes) == len(split.test)
        assert np.average(means, weights=sizes) == pytest.approx(values.mean())
        for group in kind.groups:
            cell, other = (group.cells["hr_at_20"][label] for label in "ab")
            assert cell.low < cell.mean < cell.high
            assert other.low == pytest.approx(1.0 - cell.high)


def test_history_by_hand():
    split = split_of([[0, 1]], [[0, 1]], [[0, 1], [0, 1, 2], [0, 1, 2, 3, 4, 5, 6]], n_items=10)
    history, *_ = slices(split, {"hr_at_20": {"a": np.array([[1.0, 0.0, 0.25]])}}, 0.95)
    assert [(g.name, g.n_cases, g.cells["hr_at_20"]["a"].mean) for g in history.groups] == [
        ("1 to 2", 2, 0.5),
        ("6 to 10", 1, 0.25),
    ]
