import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.audit import near_duplicates as module
from seqrec.audit.near_duplicates import near_duplicates


def shop(seed: int, n_users: int = 400, n_items: int = 500, skew: float = 0.8) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, n_items + 1) ** skew
    return [
        rng.choice(n_items, size=n, replace=False, p=shares / shares.sum()).tolist()
        for n in rng.integers(5, 16, size=n_users)
    ]


def pairs_of(histories: list[list[int]], n_items: int = 500) -> set[tuple[int, int]]:
    users = np.repeat(np.arange(len(histories), dtype=np.int32), [len(history) for history in histories])
    items = np.array([item for history in histories for item in history], np.int32)
    return {(int(one), int(other)) for one, other in near_duplicates(users, items, len(histories), n_items)}


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), skew=st.floats(0.0, 1.2))
def test_independent_histories_are_no_near_duplicates(seed, skew):
    assert pairs_of(shop(seed, skew=skew)) == set()


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), n_replaced=st.integers(0, 1))
def test_copies_are_found_in_any_order_and_with_an_edit(seed, n_replaced):
    histories = shop(seed, skew=0.5)
    long = [user for user, history in enumerate(histories) if len(history) >= 10][:20]
    rng = np.random.default_rng(seed)
    for user in long:
        copy = rng.permutation(histories[user]).tolist()
        copy[:n_replaced] = rng.choice(500, n_replaced).tolist()
        histories.append(copy)
    expected = {(user, 400 + place) for place, user in enumerate(long)}
    # A band of hashes may miss a pair, but rarely.
    found = pairs_of(histories)
    assert found <= expected
    assert len(found) >= len(expected) - 1


def test_popular_items_prove_nothing():
    # Everybody has two of the three items that everybody buys.
    assert pairs_of([[user % 3, (user + 1) % 3] for user in range(200)], 3) == set()


def test_a_repeated_item_counts_once():
    histories = [*shop(0), [400, 410, 420, 430, 440, 450], [400] * 6 + [410, 420, 430, 440, 450]]
    assert pairs_of(histories) == {(400, 401)}


def test_of_many_copies_each_is_found(monkeypatch):
    monkeypatch.setattr(module, "BLOCK_PAIRS", 7)
    histories = [*shop(0), *[[400, 410, 420, 430, 440, 450, 460, 470]] * 30]
    found = pairs_of(histories)
    assert {user for pair in found for user in pair} == set(range(400, 430))
    # Each has a few neighbours per band, and not all others.
    assert len(found) < module.N_BANDS * module.WINDOW * 30


@pytest.mark.parametrize("n_users", [1, 2])
def test_with_hardly_any_user_there_is_nothing_to_find(n_users):
    assert pairs_of([[1, 2, 3]] * n_users) == set()
