"""The training data of a continued training: nothing that the earlier model has learnt validates or tests it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from seqrec.preparation.continuation import MIN_CASES, continue_training, events_of, rows_of
from seqrec.types import Split
from tests.synthetic import cases_of, chain_split, split_of


def with_own_users(split: Split) -> Split:
    """Return the split with test users that do not train."""
    prompts = split.test.prompts
    users = (prompts.users + len(split.training.train)).astype(np.int32)
    return replace(split, test=replace(split.test, prompts=replace(prompts, users=users)))


SPLIT = with_own_users(chain_split(n_train=300))


def seen_of(split: Split, share: float = 1.0) -> pl.DataFrame:
    """Return the events of the first training sessions."""
    train = split.training.train
    return events_of(train.block(0, round(share * len(train))), split.training.vocabulary).unique(maintain_order=True)


def test_validation_asks_only_for_what_is_new() -> None:
    seen = seen_of(SPLIT, 0.5)
    result = continue_training(SPLIT.training, SPLIT.test, seen)
    training = result.training
    assert training is not None
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
    seen = seen_of(SPLIT, 0.5)
    gone = pl.DataFrame({"user_id": ["gone"], "item_id": ["i0"], "timestamp": [7]})
    result = continue_training(SPLIT.training, SPLIT.test, pl.concat([seen, gone]))
    everything = pl.concat([seen_of(SPLIT), gone])
    columns = everything.columns
    assert result.seen.sort(columns).equals(everything.sort(columns))


def test_what_the_test_asks_must_be_new() -> None:
    vocabulary, test = SPLIT.training.vocabulary, SPLIT.test
    target = pl.DataFrame(
        {
            "user_id": [str(vocabulary.user_ids[test.prompts.users[0]])],
            "item_id": [str(vocabulary.item_ids[test.targets[0]])],
            "timestamp": [int(test.target_times[0])],
        }
    )
    result = continue_training(SPLIT.training, test, pl.concat([seen_of(SPLIT, 0.5), target]))
    assert result.training is None
    assert "1 of today's test cases" in result.reason
    # The same pair at another time is another event.
    again = target.with_columns(timestamp=pl.col("timestamp") + 1)
    assert continue_training(SPLIT.training, test, pl.concat([seen_of(SPLIT, 0.5), again])).training is not None


def test_with_too_little_that_is_new_nothing_is_continued() -> None:
    result = continue_training(SPLIT.training, SPLIT.test, seen_of(SPLIT))
    assert result.training is None
    assert f"0 histories have a new event, and it takes {MIN_CASES}" in result.reason


def test_histories_of_one_event_have_no_prompt() -> None:
    split = split_of([[0]] * 100, [], [[1, 2]], 3)
    result = continue_training(split.training, cases_of([[1, 2]]), seen_of(split, 0.0))
    assert result.training is None


def test_items_are_found_by_their_ids() -> None:
    rows = rows_of(np.array(["b", "new", "a"], object), np.array(["a", "b", "gone"], object))
    assert rows.tolist() == [1, -1, 0]


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_the_choice_depends_on_the_data_alone(share: float) -> None:
    first, second = (continue_training(SPLIT.training, SPLIT.test, seen_of(SPLIT, share)).training for _ in range(2))
    if first is None:
        assert second is None
    else:
        assert second is not None
        np.testing.assert_array_equal(first.valid.prompts.users, second.valid.prompts.users)
