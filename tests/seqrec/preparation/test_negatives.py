import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.errors import DataError
from seqrec.preparation.negatives import sample_negatives
from seqrec.preparation.protocol import Sampled
from tests.seqrec.preparation.tables import sequences

N_ITEMS = 12


def histories_of(rows):
    return sequences([[(item, time) for time, item in enumerate(row)] for row in rows])


@given(
    st.lists(st.lists(st.integers(0, N_ITEMS - 1), min_size=1, max_size=8), min_size=1, max_size=6),
    st.lists(st.booleans(), min_size=N_ITEMS, max_size=N_ITEMS),
    st.integers(0, 3),
)
def test_negatives_are_different_candidates_that_the_user_has_never_seen(rows, allowed, seed):
    candidates = np.array(allowed)
    left = [set(np.flatnonzero(candidates).tolist()) - set(row) for row in rows]
    n = min(map(len, left))
    if n == 0:
        return
    negatives = sample_negatives(histories_of(rows), candidates, Sampled(n=n, seed=seed))
    assert negatives.shape == (len(rows), n)
    for drawn, possible in zip(negatives.tolist(), left, strict=True):
        assert len(set(drawn)) == n
        assert set(drawn) <= possible


def test_all_that_is_left_is_drawn():
    negatives = sample_negatives(histories_of([[3, 0, 3], [5]]), np.arange(N_ITEMS) < 6, Sampled(n=4))
    assert sorted(negatives[0].tolist()) == [1, 2, 4, 5]
    assert set(negatives[1].tolist()) < {0, 1, 2, 3, 4}


def test_every_allowed_item_is_equally_likely():
    n_cases = 20_000
    histories = histories_of([[2, 7]] * n_cases)
    counts = np.bincount(sample_negatives(histories, np.arange(N_ITEMS) != 4, Sampled(n=3)).ravel(), minlength=N_ITEMS)
    allowed = np.setdiff1d(np.arange(N_ITEMS), [2, 4, 7])
    expected = 3 * n_cases / len(allowed)
    assert counts.sum() == counts[allowed].sum()
    assert np.abs(counts[allowed] - expected).max() < 5 * np.sqrt(expected)


def test_the_seed_decides_and_repeats():
    rows, everything = histories_of([[0], [1]]), np.ones(500, bool)
    first, again, other = (sample_negatives(rows, everything, Sampled(n=50, seed=s)).tolist() for s in (0, 0, 1))
    assert first == again != other
    assert sorted(first[0]) != sorted(first[1])


def test_a_history_may_be_the_prompt_alone_so_that_a_target_can_be_drawn():
    # The target is item 3; the sample knows only the items to exclude.
    negatives = sample_negatives(histories_of([[0, 1]] * 200), np.ones(5, bool), Sampled(n=2, exclude="prompt"))
    assert set(negatives.ravel().tolist()) == {2, 3, 4}
    assert all(len(set(row)) == 2 for row in negatives.tolist())


def test_too_few_left_says_how_many_there_are():
    with pytest.raises(DataError) as caught:
        sample_negatives(histories_of([[0], [1, 2, 3]]), np.arange(N_ITEMS) < 5, Sampled(n=3))
    assert caught.value.subject == "protocol.candidates.n"
    assert caught.value.got == "3 negatives per case"
    assert "at most 2" in caught.value.expected
    assert "candidates.n" in caught.value.remedy
