import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seqrec.errors import DataError
from seqrec.preparation.splits.temporal import Config as Temporal
from seqrec.types import Sequences
from tests.seqrec.preparation.tables import DAY, listed, prompts_and_targets, sequences


def ends(part: Sequences) -> list[int]:
    return part.times[part.offsets[1:] - 1].tolist()


def users_ending_in_turn(n: int) -> Sequences:
    """Return sequences in which user u ends at time u; all users have the same two items."""
    return sequences([[(0, u - 1), (1, u)] for u in range(n)])


def test_the_sessions_that_end_last_are_the_test_whole():
    # User 4 ends last although it began first; its session is not cut.
    histories = sequences(
        [
            [(0, 10), (1, 11)],
            [(1, 12), (2, 13)],
            [(2, 14), (0, 15)],
            [(0, 16), (1, 17)],
            [(2, 1), (0, 2), (1, 99)],
        ]
    )
    parts = Temporal().split(histories, 0, refit=False)
    assert prompts_and_targets(parts.test) == {4: ([2, 0], 1)}
    assert sorted(listed(parts.train)) == [0, 1, 2, 3]
    assert parts.whole.n_events == histories.n_events


@pytest.mark.parametrize(("n", "n_test"), [(5, 1), (10, 2), (11, 3), (14, 3), (15, 3), (16, 4), (22_363, 4_473)])
def test_the_share_of_test_sessions_is_rounded_up(n, n_test):
    parts = Temporal().split(users_ending_in_turn(n), 0, refit=False)
    assert len(parts.test) == n_test
    assert len(parts.train) == n - n_test
    assert sorted(parts.test.prompts.users) == list(range(n - n_test, n))


def test_untrained_items_leave_before_the_target_is_taken():
    histories = sequences(
        [[(0, 0), (1, 1)] for _ in range(8)]
        + [[(0, 50), (1, 51), (7, 52)], [(7, 60), (0, 61), (8, 62)]]  # the second session is left with one event
    )
    parts = Temporal().split(histories, 0, refit=False)
    assert prompts_and_targets(parts.test) == {8: ([0], 1)}
    assert parts.test.target_times.tolist() == [51]
    assert parts.dropped == {"test_events_untrained_item": 3, "test_sessions_too_short": 1}


def test_no_seed_moves_a_session_that_ends_with_others_over_the_border():
    together = sequences([[(0, 0), (1, 5)] for _ in range(40)])
    for seed in (0, 1):
        test = Temporal().split(together, seed, refit=False).test
        assert test.prompts.users.tolist() == [*range(32, 40)]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=6),
        min_size=5,
        max_size=30,
    )
)
def test_no_session_is_in_two_parts_and_training_ends_before_the_test(histories):
    data = sequences([sorted(history, key=lambda event: event[1]) for history in histories])
    parts = Temporal().split(data, 0, refit=False)
    train, test = set(parts.train.users.tolist()), set(parts.test.prompts.users.tolist())
    assert not train & test
    assert len(train) + int(np.ceil(0.2 * len(data))) == len(data)
    by_user = dict(zip(data.users.tolist(), ends(data), strict=True))
    assert max(by_user[user] for user in train) <= min((by_user[user] for user in test), default=10)
    assert set(parts.fit.users.tolist()) | set(parts.valid.prompts.users.tolist()) == train
    assert not set(parts.fit.users.tolist()) & set(parts.valid.prompts.users.tolist())
    assert np.isin(parts.test.targets, parts.train.items).all()
    assert np.isin(parts.test.prompts.items, parts.train.items).all()
    assert (parts.test.prompts.lengths >= 1).all()


@pytest.mark.parametrize(("n_train", "valid_max", "n_valid"), [(8, 500, 1), (40, 500, 4), (44, 500, 5), (40, 3, 3)])
def test_the_share_of_held_out_sessions_is_rounded_up_and_capped(n_train, valid_max, n_valid):
    n = n_train * 5 // 4
    parts = Temporal(valid_max=valid_max).split(users_ending_in_turn(n), 0, refit=False)
    assert len(parts.train) == n_train
    assert len(parts.valid) == n_valid
    assert len(parts.fit) == n_train - n_valid


def test_only_sessions_with_two_events_are_held_out():
    short = [[(0, u)] for u in range(30)]
    long = [[(0, u), (1, u + 1), (2, u + 2)] for u in range(10)]
    test = [[(0, 100), (1, 101)] for _ in range(10)]
    parts = Temporal(valid_fraction=0.5).split(sequences(short + long + test), 0, refit=False)
    assert len(parts.valid) == 5
    assert all(question == ([0, 1], 2) for question in prompts_and_targets(parts.valid).values())


def test_held_out_prompts_keep_items_that_only_they_have():
    # Every session has its own item, so `fit` never sees those of held-out sessions.
    own = sequences([[(0, 2 * u), (u + 1, 2 * u + 1)] for u in range(20)])
    parts = Temporal().split(own, 0, refit=False)
    assert len(parts.valid) == 2
    assert not np.isin(parts.valid.targets, parts.fit.items).any()
    assert np.isin(parts.valid.targets, parts.train.items).all()


def test_a_seed_decides_what_is_held_out():
    data = users_ending_in_turn(200)
    drawn = [Temporal().split(data, seed, refit=False).valid.prompts.users.tolist() for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(("fold", "n_train", "n_test"), [(1, 5, 5), (2, 10, 4), (3, 14, 4)])
def test_folds_chain_forward_inside_training(fold, n_train, n_test):
    # 23 sessions: 5 test, 18 training in bins of 5, 5, 4 and 4.
    parts = Temporal(fold=fold).split(users_ending_in_turn(23), 0, refit=False)
    assert parts.train.users.tolist() == list(range(n_train))
    assert parts.test.prompts.users.tolist() == list(range(n_train, n_train + n_test))
    assert parts.whole.users.tolist() == list(range(n_train + n_test))


def test_untrained_items_of_a_fold_are_those_its_own_training_lacks():
    histories = [[(0, u), (1, u)] for u in range(4)] + [[(0, u), (1, u), (2, u)] for u in range(4, 20)]
    parts = Temporal(fold=1).split(sequences(histories), 0, refit=False)
    assert prompts_and_targets(parts.test) == {user: ([0], 1) for user in range(4, 8)}
    assert parts.dropped["test_events_untrained_item"] == 4


def test_a_fold_needs_a_bin_after_it():
    with pytest.raises(ValidationError, match="the last fold is 3"):
        Temporal(fold=4)


class TestByDate:
    DATA = sequences([[(0, (u - 1) * DAY), (1, u * DAY)] for u in (5, 3, 3, 9, 7, 1, 2)])

    def users(self, **settings):
        parts = Temporal(**settings).split(self.DATA, 0, refit=False)
        return parts.train.users.tolist(), parts.test.prompts.users.tolist()

    def test_sessions_that_end_at_the_moment_or_later_are_the_test(self):
        # Day 3 of the data is January 4, because days count from January 1.
        assert self.users(test_from="1970-01-04") == ([5, 6], [0, 1, 2, 3, 4])
        assert self.users(test_from="1970-01-04T00:00:01") == ([1, 2, 5, 6], [0, 3, 4])
        assert self.users(test_from="1970-01-10") == ([0, 1, 2, 4, 5, 6], [3])

    def test_folds_stay_before_the_date(self):
        train, test = self.users(test_from="1970-01-08", fold=3)
        assert set(test) | set(train) <= {0, 1, 2, 5, 6}
        assert test == [0]
        assert train == [1, 2, 5, 6]

    def test_it_replaces_the_fraction_and_survives_json(self):
        by_date = Temporal(test_from="1970-01-04")
        assert by_date.test_fraction is None
        assert Temporal.model_validate_json(by_date.model_dump_json()) == by_date
        assert Temporal.model_validate(by_date.model_dump(mode="json")) == by_date
        assert by_date.digest == Temporal(test_from="1970-01-03T23:00:00-01:00").digest != Temporal().digest

    @pytest.mark.parametrize(
        "settings",
        [
            {"test_from": "1970-01-04", "test_fraction": 0.2},
            {"test_fraction": None},
            {"test_from": None, "test_fraction": None},
        ],
    )
    def test_one_of_them_must_say_where_the_test_begins(self, settings):
        with pytest.raises(ValidationError, match="give exactly one of them"):
            Temporal(**settings)

    @pytest.mark.parametrize(
        ("moment", "missing"), [("1970-01-02", "to train on"), ("1969-01-01", "to train on"), ("1970-01-11", "to test")]
    )
    def test_a_date_outside_the_data_names_the_first_and_the_last(self, moment, missing):
        with pytest.raises(DataError) as caught:
            Temporal(test_from=moment).split(self.DATA, 0, refit=False)
        assert caught.value.subject == "protocol.split.test_from"
        assert moment in caught.value.got
        assert missing in caught.value.got
        assert "1970-01-02" in caught.value.expected
        assert "1970-01-10" in caught.value.expected
        assert "test_fraction" in caught.value.remedy
