"""The data of a continued training: nothing that the earlier model has learnt validates or tests it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from seqrec.preparation.continuation import MIN_CASES, Continuation, continue_split, rows_of, times_of
from seqrec.types import Split
from tests.synthetic import chain_split, split_of


def with_own_users(split: Split) -> Split:
    """Return the split with test users that do not train."""
    prompts = split.test.prompts
    users = (prompts.users + len(split.training.train)).astype(np.int32)
    return replace(split, test=replace(split.test, prompts=replace(prompts, users=users)))


SPLIT = with_own_users(chain_split(n_train=300))


def seen_of(split: Split, share: float = 1.0) -> pl.DataFrame:
    """Return the events of the first training sessions."""
    train = split.training.train
    return times_of(train.block(0, round(share * len(train))), split.training.vocabulary)


def continued(split: Split, seen: pl.DataFrame) -> Continuation:
    """Return the continuation of a model that knows the same items."""
    return continue_split(split, seen, split.training.vocabulary)


def test_validation_asks_only_for_what_is_new() -> None:
    seen = seen_of(SPLIT, 0.5)
    result = continued(SPLIT, seen)
    assert result.split is not None
    training = result.split.training
    assert len(training.valid) == len(SPLIT.training.valid)
    new_users = set(SPLIT.training.train.users[len(SPLIT.training.train) // 2 :].tolist())
    assert set(training.valid.prompts.users.tolist()) <= new_users
    # What leaves the fit is the targets of the validation, and nothing else.
    assert training.fit.n_events + len(training.valid) == SPLIT.training.train.n_events
    pairs = {(user, time) for user, time in zip(training.fit.users[training.fit.rows], training.fit.times, strict=True)}
    asked = zip(training.valid.prompts.users, training.valid.target_times, strict=True)
    assert not pairs & set(asked)
    assert training.train is SPLIT.training.train


def test_the_next_night_has_seen_both() -> None:
    gone = pl.DataFrame({"user_id": ["gone"], "item_id": ["i0"], "times": [7]})
    result = continued(SPLIT, pl.concat([seen_of(SPLIT, 0.5), gone]))
    everything = pl.concat([seen_of(SPLIT), gone])
    columns = everything.columns
    assert result.seen.sort(columns).equals(everything.sort(columns))


def test_events_are_told_apart_by_how_often_and_not_by_when() -> None:
    split = split_of([[0, 1, 0, 0]] * 60, [], [[1, 2]], 3)
    vocabulary, train = split.training.vocabulary, split.training.train
    seen = times_of(train, vocabulary)
    assert seen.filter(pl.col("user_id") == "u0").rows() == [("u0", "i0", 3), ("u0", "i1", 1)]
    # With another clock, nothing is new.
    later = replace(split, training=replace(split.training, train=replace(train, times=train.times + 3_600_000_000)))
    assert continued(with_own_users(later), seen).split is None
    # A fourth time is new.
    more = split_of([[0, 1, 0, 0, 0]] * 60, [], [[1, 2]], 3)
    result = continued(with_own_users(more), seen)
    assert result.split is not None
    assert len(result.split.training.valid) == MIN_CASES


def test_a_target_that_was_bought_before_may_be_new() -> None:
    test = split_of([[0, 1]] * 60, [], [[2, 1, 2], [2, 1, 2]], 3)
    own = with_own_users(test)
    for times, n_known in ((1, 0), (2, 1)):
        user = str(own.training.vocabulary.user_ids[own.test.prompts.users[0]])
        seen = pl.DataFrame({"user_id": [user], "item_id": ["i2"], "times": [times]})
        assert continued(own, seen).n_known == n_known


def of_cases(n: int) -> pl.DataFrame:
    """Return the events that the first test cases ask for."""
    vocabulary, test = SPLIT.training.vocabulary, SPLIT.test
    return pl.DataFrame(
        {
            "user_id": vocabulary.user_ids[test.prompts.users[:n]].tolist(),
            "item_id": vocabulary.item_ids[test.targets[:n]].tolist(),
            "times": [1] * n,
        }
    )


def test_cases_that_ask_for_what_was_learnt_are_left_out() -> None:
    known = of_cases(4)
    result = continued(SPLIT, pl.concat([seen_of(SPLIT, 0.5), known]))
    assert result.n_known == 4
    assert result.split is not None
    np.testing.assert_array_equal(result.split.test.prompts.users, SPLIT.test.prompts.users[4:])


def test_too_many_of_them_forbid_it() -> None:
    result = continued(SPLIT, pl.concat([seen_of(SPLIT, 0.5), of_cases(len(SPLIT.test) // 5)]))
    assert result.split is None
    assert "12 of 60 test cases ask for what they were trained on" in result.reason


def test_with_too_little_that_is_new_nothing_is_continued() -> None:
    result = continued(SPLIT, seen_of(SPLIT))
    assert result.split is None
    assert f"0 histories have a new event, and it takes {MIN_CASES}" in result.reason


def test_weights_that_know_no_item_are_no_beginning() -> None:
    vocabulary = SPLIT.training.vocabulary
    other = replace(vocabulary, item_ids=np.array([f"other {item}" for item in vocabulary.item_ids], object))
    result = continue_split(SPLIT, seen_of(SPLIT, 0.5), other)
    assert (result.split, result.n_shared) == (None, 0)
    assert "none of today's items" in result.reason


def test_weights_that_know_no_user_are_no_beginning() -> None:
    seen = seen_of(SPLIT, 0.5).with_columns(pl.col("user_id") + " of another export")
    assert "none of today's users" in continued(SPLIT, seen).reason


def test_histories_of_one_event_have_no_prompt() -> None:
    split = split_of([[0]] * 100, [], [[1, 2]], 3)
    result = continued(with_own_users(split), seen_of(split, 0.0))
    assert result.split is None


def test_items_are_found_by_their_ids() -> None:
    rows = rows_of(np.array(["b", "new", "a"], object), np.array(["a", "b", "gone"], object))
    assert rows.tolist() == [1, -1, 0]


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_the_choice_depends_on_the_data_alone(share: float) -> None:
    first, second = (continued(SPLIT, seen_of(SPLIT, share)).split for _ in range(2))
    if first is None:
        assert second is None
    else:
        assert second is not None
        np.testing.assert_array_equal(first.training.valid.prompts.users, second.training.valid.prompts.users)
