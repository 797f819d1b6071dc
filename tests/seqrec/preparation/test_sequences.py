import pytest

from seqrec.preparation.sequences import at_least, build_sequences, leave_last_out
from tests.seqrec.preparation.tables import events, listed, prompts_and_targets, sequences


def test_one_sequence_per_user_in_the_order_of_events():
    built = build_sequences(events([(0, 4, 1), (1, 2, 5), (1, 4, 6), (1, 3, 9)]), n_users=2)
    assert listed(built) == {0: [4], 1: [2, 4, 3]}
    assert built.times.tolist() == [1, 5, 6, 9]


def test_the_last_event_is_the_target():
    cases = leave_last_out(sequences([[(4, 1), (2, 3)], [(1, 0), (2, 1), (3, 2)]]))
    assert prompts_and_targets(cases) == {0: ([4], 2), 1: ([1, 2], 3)}
    assert cases.target_times.tolist() == [3, 2]
    assert cases.prompts.times.tolist() == [1, 0, 1]


def test_a_single_event_is_no_case():
    with pytest.raises(AssertionError, match="prompt and a target"):
        leave_last_out(sequences([[(4, 1)]]))


def test_short_sequences_go_and_users_stay_known():
    assert listed(at_least(sequences([[(1, 0)], [(2, 0), (3, 1)], []]), 2)) == {1: [2, 3]}
