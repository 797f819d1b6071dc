from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.preparation.ties import chronological
from tests.seqrec.preparation.tables import events

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=40)


def columns(ordered):
    return list(zip(ordered.users.tolist(), ordered.items.tolist(), ordered.times.tolist(), strict=True))


@given(ROWS, st.sampled_from(["random", "file"]))
def test_events_are_the_same_and_in_the_order_of_user_and_time(rows, ties):
    ordered = chronological(events(rows), ties, seed=0)
    assert Counter(columns(ordered)) == Counter(rows)
    keys = [(user, time) for user, _, time in columns(ordered)]
    assert keys == sorted(keys)


@given(ROWS, st.randoms(use_true_random=False))
def test_random_does_not_know_the_order_of_the_dump(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert columns(chronological(events(rows), "random", 3)) == columns(chronological(events(shuffled), "random", 3))


def test_file_keeps_the_order_of_the_dump():
    rows = [(0, 9, 1), (1, 5, 0), (0, 3, 1), (0, 7, 0), (0, 5, 1)]
    assert chronological(events(rows), "file", 0).items.tolist() == [7, 9, 3, 5, 5]
    moved = events(rows).take(np.array([4, 3, 2, 1, 0]))
    assert chronological(moved, "file", 0).items.tolist() == [7, 9, 3, 5, 5]


def test_random_gives_every_order_of_a_tie_about_equally_often():
    n = 6000
    ordered = chronological(events((user, item, 0) for user in range(n) for item in range(3)), "random", 0)
    orders = Counter(map(tuple, ordered.items.reshape(n, 3).tolist()))
    assert len(orders) == 6
    assert max(abs(count - n / 6) for count in orders.values()) < 5 * np.sqrt(n / 6)


@pytest.mark.parametrize(("ties", "same"), [("random", False), ("file", True)])
def test_the_seed_decides_random_ties_only(ties, same):
    rows = events((0, item, 0) for item in range(50))
    first, second = (chronological(rows, ties, seed).items.tolist() for seed in (0, 1))
    assert (first == second) is same
