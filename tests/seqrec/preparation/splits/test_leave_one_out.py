from hypothesis import given
from hypothesis import strategies as st

from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from tests.seqrec.preparation.tables import listed, prompts_and_targets, sequences

HISTORIES = [[(5, 0), (6, 1), (7, 2), (8, 3)], [(1, 0), (2, 1)], [(3, 5), (4, 6), (3, 7)], [(9, 0)]]


def test_last_is_test_last_but_one_is_validation_the_rest_is_training():
    parts = LeaveOneOut().split(sequences(HISTORIES), 0, refit=False)
    assert prompts_and_targets(parts.test) == {0: ([5, 6, 7], 8), 2: ([3, 4], 3)}
    assert prompts_and_targets(parts.valid) == {0: ([5, 6], 7), 2: ([3], 4)}
    assert listed(parts.fit) == listed(parts.train) == {0: [5, 6], 1: [1, 2], 2: [3], 3: [9]}
    assert parts.test.target_times.tolist() == [3, 7]
    assert parts.dropped == {"test_sessions_too_short": 2}


def test_a_refit_trains_on_the_validation_item_too():
    parts = LeaveOneOut().split(sequences(HISTORIES), 0, refit=True)
    assert listed(parts.fit) == {0: [5, 6], 1: [1, 2], 2: [3], 3: [9]}
    assert listed(parts.train) == {0: [5, 6, 7], 1: [1, 2], 2: [3, 4], 3: [9]}


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=7), min_size=1, max_size=12), st.booleans())
def test_training_never_holds_an_event_of_a_target(histories, refit):
    data = sequences([[(item, time) for time, item in enumerate(history)] for history in histories])
    parts = LeaveOneOut().split(data, 0, refit=refit)
    for user, history in enumerate(histories):
        n_hidden = 0 if len(history) < 3 else 1 if refit else 2
        assert listed(parts.train)[user] == history[: len(history) - n_hidden]
        if len(history) >= 3:
            assert prompts_and_targets(parts.test)[user] == (history[:-1], history[-1])
            assert prompts_and_targets(parts.valid)[user] == (history[:-2], history[-2])
