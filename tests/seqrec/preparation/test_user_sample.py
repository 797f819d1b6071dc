import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.errors import DataError
from seqrec.preparation.user_sample import rows_of_sampled_users
from tests.seqrec.preparation.tables import events

ROWS = events([(user, 0, 0) for user in (3, 1, 3, 0, 4, 1, 1, 2, 0, 3)])


@given(st.integers(1, 5), st.integers(0, 20))
def test_so_many_users_are_drawn_with_all_their_events(n, seed):
    rows = rows_of_sampled_users(ROWS, n, seed)
    drawn = set(ROWS.users[rows].tolist())
    assert len(drawn) == n
    assert rows.tolist() == [row for row, user in enumerate(ROWS.users.tolist()) if user in drawn]


def test_the_seed_decides_and_the_order_of_rows_does_not():
    many = events([(user, 0, 0) for user in range(200)])
    drawn = [set(rows_of_sampled_users(many, 20, seed).tolist()) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    turned = many.take(np.arange(200)[::-1].copy())
    assert set(turned.users[rows_of_sampled_users(turned, 20, 0)].tolist()) == drawn[0]


def test_every_user_is_equally_likely():
    counts = np.zeros(5)
    for seed in range(2000):
        counts[np.unique(ROWS.users[rows_of_sampled_users(ROWS, 2, seed)])] += 1
    assert np.abs(counts - 800).max() < 5 * np.sqrt(800 * 0.6)


def test_more_users_than_there_are():
    with pytest.raises(DataError) as caught:
        rows_of_sampled_users(ROWS, 6, 0)
    assert (caught.value.subject, caught.value.got) == ("protocol.users", "6")
    assert "at most 5" in caught.value.expected
    assert "leave it out" in caught.value.remedy
