from seqrec.preparation.splits.leave_one_out import Config as LeaveOneOut
from seqrec.preparation.truncate import truncate
from tests.seqrec.preparation.tables import listed, prompts_and_targets, sequences


def test_the_most_recent_events_of_each_history_stay_and_targets_never_count():
    data = sequences([[(item, item) for item in range(7)], [(item, item) for item in range(4)]])
    parts = LeaveOneOut().split(data, 0, refit=True)
    cut = truncate(parts, 2)
    assert listed(cut.fit) == {0: [3, 4], 1: [0, 1]}
    assert listed(cut.train) == {0: [4, 5], 1: [1, 2]}
    assert prompts_and_targets(cut.valid) == {0: ([3, 4], 5), 1: ([0, 1], 2)}
    assert prompts_and_targets(cut.test) == {0: ([4, 5], 6), 1: ([1, 2], 3)}
    assert cut.test.prompts.times.tolist() == [4, 5, 1, 2]
    assert cut.whole is data


def test_what_is_short_enough_stays_as_it_is():
    parts = LeaveOneOut().split(sequences([[(item, item) for item in range(5)]]), 0, refit=False)
    assert listed(truncate(parts, 5).train) == listed(parts.train)
    assert prompts_and_targets(truncate(parts, 5).test) == prompts_and_targets(parts.test)
