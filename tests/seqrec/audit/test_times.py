from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from seqrec.audit import times
from seqrec.audit.dump_events import dump_events
from seqrec.preparation.prepare import prepare
from seqrec.types import Split
from tests.seqrec.audit.shops import in_2020
from tests.seqrec.preparation.tables import protocol, table
from tests.synthetic import with_training

# Sessions end on days 2, 4, 5, 6 and 9; the last one is the test session.
ROWS = [
    *[("a", "x", 1), ("a", "y", 2)],
    *[("b", "y", 3), ("b", "z", 4)],
    *[("c", "x", 3), ("c", "z", 5)],
    *[("d", "z", 4), ("d", "x", 6)],
    *[("e", "x", 1), ("e", "y", 3), ("e", "z", 9)],
]
TEMPORAL = protocol(split={"name": "temporal", "valid_fraction": 0.25})


def days(rows) -> pl.DataFrame:
    return in_2020(table(rows))


def findings(split: Split, split_name: str = "temporal"):
    return tuple(times.check(split, dump_events(days(ROWS), split.training.vocabulary), split_name))


def test_a_temporal_split_that_keeps_its_promise():
    own, across = findings(prepare(days(ROWS), TEMPORAL).split)
    assert (own.verdict, across.verdict) == ("ok", "ok")
    assert across.figures["later_training_events"] == 0.0


def test_a_test_session_that_lost_its_end_looks_ahead_by_design():
    # The last item of e is new, so its target is the item of day 3, before 5 of the 8 training events.
    rows = [*ROWS[:-1], ("e", "new", 9)]
    split = prepare(days(rows), TEMPORAL).split
    own, across = times.check(split, dump_events(days(rows), split.training.vocabulary), "temporal")
    assert (own.verdict, across.verdict) == ("ok", "by design")
    assert across.figures["later_training_events"] == 4 / 8
    assert "test sessions overlap training" in across.sentence


def test_a_training_session_from_the_future_is_wrong():
    split = prepare(days(ROWS), TEMPORAL).split
    shifted = split.training.train.times.copy()
    shifted[split.training.train.offsets[1] - 1] += 365 * 86_400_000_000
    ahead = with_training(split, train=replace(split.training.train, times=shifted))
    own, across = findings(ahead)
    assert (own.verdict, across.verdict) == ("ok", "wrong")
    assert across.figures["training_sessions_ending_after_first_test_session"] == 1
    assert across.remedy


def test_leave_one_out_looks_ahead_by_design():
    split = prepare(days(ROWS), protocol(split={"name": "leave_one_out"})).split
    own, across = findings(split, "leave_one_out")
    # Only e has three events; its target is on day 9, after everything else.
    assert (own.verdict, across.verdict) == ("ok", "ok")
    rows = [*ROWS, ("a", "z", 3)]
    split = prepare(days(rows), protocol(split={"name": "leave_one_out"})).split
    own, across = times.check(split, dump_events(days(rows), split.training.vocabulary), "leave_one_out")
    # Training has days 1 (a), 3 4, 3 5, 4 6 and 1 (e). The target of a is on day 3, and 4 of 8 are later; e's on day 9.
    assert (own.verdict, across.verdict) == ("ok", "by design")
    assert across.figures["later_training_events"] == pytest.approx((4 / 8 + 0) / 2)
    assert "leave-one-out" in across.sentence


def test_a_users_own_future_is_wrong_under_any_split():
    split = prepare(days(ROWS), protocol(split={"name": "leave_one_out"})).split
    times_of_e = split.training.train.times.copy()
    row = int(np.flatnonzero(split.training.train.users == split.test.prompts.users[0])[0])
    times_of_e[split.training.train.offsets[row + 1] - 1] = split.test.target_times[0] + 1
    own, _ = findings(with_training(split, train=replace(split.training.train, times=times_of_e)), "leave_one_out")
    assert own.verdict == "wrong"
    assert own.figures["n_cases_with_own_future"] == 1


def test_a_prompt_that_is_later_than_its_target_is_wrong():
    split = prepare(days(ROWS), TEMPORAL).split
    prompts = replace(split.test.prompts, times=split.test.prompts.times + 30 * 86_400_000_000)
    own, _ = findings(replace(split, test=replace(split.test, prompts=prompts)))
    assert own.verdict == "wrong"
    assert own.figures["n_cases_with_a_late_prompt"] == 1
    assert "The prompt contains later events" in own.sentence
