from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seqrec.preparation.shuffle import Shuffle, shuffled
from seqrec.preparation.splits.base import Parts
from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.preparation.splits.temporal import Config as Temporal
from seqrec.types import Cases, Sequences
from tests.seqrec.preparation.tables import listed, prompts_and_targets, sequences

HISTORIES = st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=9), min_size=5, max_size=12)
SHUFFLES = st.one_of(
    st.builds(Shuffle, part=st.just("train"), keep_last=st.booleans(), seed=st.integers(0, 3)),
    st.builds(Shuffle, part=st.just("test"), window=st.none() | st.integers(1, 5), seed=st.integers(0, 3)),
    st.builds(Shuffle, part=st.just("both"), keep_last=st.booleans(), window=st.none() | st.integers(1, 5)),
)


def parts_of(histories: list[list[int]], split: object = None, *, refit: bool = True) -> Parts:
    data = sequences([[(item, time) for time, item in enumerate(history)] for history in histories])
    return (split or LeaveOneOut()).split(data, 0, refit=refit)


def bags(part: Sequences) -> dict[int, Counter[int]]:
    return {user: Counter(items) for user, items in listed(part).items()}


def assert_unmoved(part: Sequences, other: Sequences) -> None:
    assert np.array_equal(part.offsets, other.offsets)
    assert np.array_equal(part.times, other.times)
    assert np.array_equal(part.users, other.users)


@given(HISTORIES, SHUFFLES, st.sampled_from([LeaveOneOut(), Temporal(test_fraction=0.4)]))
def test_items_move_within_their_history_and_all_else_stays(histories, shuffle, split):
    before = parts_of(histories, split)
    after = shuffled(before, shuffle)
    for one, other in ((before.fit, after.fit), (before.train, after.train), (before.test.prompts, after.test.prompts)):
        assert_unmoved(one, other)
        assert bags(one) == bags(other)
    assert np.array_equal(before.test.targets, after.test.targets)
    assert np.array_equal(before.test.target_times, after.test.target_times)
    assert after.valid is before.valid
    assert after.whole is before.whole
    if shuffle.part == "train":
        assert after.test is before.test
    if shuffle.part == "test":
        assert (after.fit, after.train) == (before.fit, before.train)


@given(HISTORIES, st.integers(0, 3))
def test_the_last_item_of_training_can_stay(histories, seed):
    before = parts_of(histories)
    after = shuffled(before, Shuffle(part="train", keep_last=True, seed=seed))
    for one, other in ((before.fit, after.fit), (before.train, after.train)):
        ends = one.offsets[1:] - 1
        assert np.array_equal(one.items[ends], other.items[ends])


@given(HISTORIES, st.integers(1, 6), st.integers(0, 3))
def test_only_the_window_of_a_prompt_moves(histories, window, seed):
    before = parts_of(histories)
    after = shuffled(before, Shuffle(part="test", window=window, seed=seed))
    older = before.test.prompts.ages > window
    assert np.array_equal(before.test.prompts.items[older], after.test.prompts.items[older])
    assert bags(before.test.prompts.tail(window)) == bags(after.test.prompts.tail(window))


def test_a_fit_is_permuted_as_the_training_that_it_is_part_of():
    rng = np.random.default_rng(0)
    histories = [rng.permutation(100)[:20].tolist() for _ in range(50)]
    temporal = shuffled(parts_of(histories, Temporal()), Shuffle(part="train"))
    train = listed(temporal.train)
    assert all(items == train[user] for user, items in listed(temporal.fit).items())
    # A refit under leave-one-out has one more item; without it, the order is the same.
    before = parts_of(histories)
    after = shuffled(before, Shuffle(part="train"))
    last = {user: items[-1] for user, items in listed(before.train).items()}
    fit = listed(after.fit)
    assert all([i for i in items if i != last[user]] == fit[user] for user, items in listed(after.train).items())


def test_every_order_is_about_equally_likely():
    n = 6000
    items = listed(shuffled(parts_of([[0, 1, 2, 8, 9]] * n, refit=False), Shuffle(part="train")).train)
    orders = Counter(map(tuple, items.values()))
    assert len(orders) == 6
    assert max(abs(count - n / 6) for count in orders.values()) < 5 * np.sqrt(n / 6)


def test_the_seed_and_the_part_decide():
    histories = [list(range(30))]

    def orders(part: str, seed: int) -> list[int]:
        after = shuffled(parts_of(histories), Shuffle(part="both", seed=seed))
        return listed(after.train if part == "train" else after.test.prompts)[0]

    assert orders("train", 0) == orders("train", 0) != orders("train", 1)
    # The last training item is also the last of the prompt; the others are in another order.
    assert orders("train", 0) != orders("test", 0)


def test_nothing_to_shuffle():
    none = sequences([])
    empty = Cases(none, none.items, none.times)
    assert len(shuffled(Parts(none, none, empty, empty, none), Shuffle(part="both")).train) == 0
    single = parts_of([[1, 2, 3]])
    assert prompts_and_targets(shuffled(single, Shuffle(part="test", window=1)).test) == prompts_and_targets(
        single.test
    )


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"part": "test", "keep_last": True}, "keep_last applies to training"),
        ({"part": "train", "window": 10}, "window applies to test"),
        ({"part": "valid"}, "part"),
        ({"part": "test", "window": 0}, "window"),
        ({}, "part"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, problem):
    with pytest.raises(ValidationError, match=problem):
        Shuffle(**settings)
