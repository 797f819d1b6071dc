from seqrec.evaluation.slices.history import by_history
from tests.seqrec.evaluation.slices.prompts import places, split_with


def test_history_buckets_hold_their_borders():
    assert places(by_history(split_with())) == {
        "1 to 2": [0, 1],
        "3 to 5": [2, 3],
        "6 to 10": [4, 5],
        "11 to 20": [6, 7],
        "over 20": [8, 9],
    }


def test_buckets_without_a_case_are_left_out():
    assert list(by_history(split_with(lengths=(4, 30)))) == ["3 to 5", "over 20"]
