import numpy as np
import pytest

from seqrec.audit import overlap
from seqrec.audit.dump_events import dump_events
from seqrec.preparation.prepare import prepare
from seqrec.types import Sequences, Split
from tests.seqrec.preparation.tables import protocol, table
from tests.synthetic import with_training

ROWS = [(user, item, day) for user in "abc" for day, item in enumerate("vwxyz")]
REPEATS = [*ROWS, ("a", "v", 7)]


def split_of(rows, **settings) -> Split:
    return prepare(table(rows), protocol(split={"name": "leave_one_out"}, **settings)).split


def findings(split: Split, rows=ROWS):
    return list(overlap.check(split, dump_events(table(rows), split.training.vocabulary)))


def with_answer(trained: Sequences, split: Split, case: int) -> Sequences:
    """Return training data with the target event of a test case at the end of its user's sequence."""
    row = int(np.flatnonzero(trained.users == split.test.prompts.users[case])[0])
    place = trained.offsets[row + 1]
    offsets = trained.offsets.copy()
    offsets[row + 1 :] += 1
    items = np.insert(trained.items, place, split.test.targets[case])
    times = np.insert(trained.times, place, split.test.target_times[case])
    return Sequences(offsets, items, times, trained.users)


def test_nothing_shared():
    assert [found.verdict for found in findings(split_of(ROWS))] == ["ok", "ok"]


def test_a_repeat_is_noted():
    test, valid = findings(split_of(REPEATS), REPEATS)
    assert test.verdict == "note"
    assert test.figures == {
        "pairs_in_training": pytest.approx(1 / 3),
        "answers_in_training": 0,
        "answers_said_twice": 0,
    }
    assert valid.verdict == "ok"


@pytest.mark.parametrize("rows", [ROWS, REPEATS])
def test_an_answer_in_training_is_wrong(rows):
    split = split_of(rows)
    test, valid = findings(with_training(split, train=with_answer(split.training.train, split, 0)), rows)
    assert (test.verdict, test.figures["answers_in_training"]) == ("wrong", 1)
    assert "target must not be part of training" in test.remedy
    assert valid.verdict == "ok"


def test_the_answers_of_validation_are_looked_for_in_what_is_fitted():
    split = split_of(ROWS)
    refit = split_of(ROWS, refit=True)
    # A refit trains on the validation target, but validation does not evaluate it.
    assert [found.verdict for found in findings(refit)] == ["ok", "ok"]
    _, valid = findings(with_training(split, fit=refit.training.train))
    assert (valid.verdict, valid.figures["answers_in_training"]) == ("wrong", 3)


@pytest.mark.parametrize("settings", [{}, {"max_history": 2}, {"shuffle": {"part": "train"}}])
def test_a_dump_that_says_everything_twice_raises_no_alarm(settings):
    rows = [row for row in ROWS for _ in range(2)]
    test, valid = findings(split_of(rows, **settings), rows)
    assert test.figures["answers_in_training"] == valid.figures["answers_in_training"] == 0
