from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.errors import DataError
from seqrec.preparation.splits.given import Config as Given
from seqrec.preparation.splits.temporal import Config as Temporal
from seqrec.types import Cases, Sequences
from tests.seqrec.preparation.tables import listed, prompts_and_targets, sequences

PARTS = {"?": -1, "t": 0, "v": 1, "s": 2}
NOTHING_DROPPED = {
    "events_of_no_part": 0,
    "events_older_than_an_earlier_part": 0,
    "valid_users_without_history": 0,
    "test_users_without_history": 0,
}


def said(*users: str) -> np.ndarray:
    """Return the codes of parts from one letter per event: train, valid, test (s), or unsaid."""
    return np.array([PARTS[letter] for letter in "".join(users)], np.int8)


def in_turn(*rows: list[int]) -> Sequences:
    """Return items one time step apart."""
    return sequences([[(item, time) for time, item in enumerate(row)] for row in rows])


def questions(cases: Cases) -> list[tuple[int, list[int], int]]:
    """Return user, prompt and target of each case."""
    return [
        (int(cases.prompts.users[row]), cases.prompts.sequence(row).tolist(), int(cases.targets[row]))
        for row in range(len(cases))
    ]


BENCHMARK = in_turn([5, 6, 7, 8], [1, 2, 3], [4, 9])
BENCHMARK_PARTS = said("ttvs", "ttv", "tt")


def test_every_part_is_taken_as_the_dump_has_it():
    parts = Given().split(BENCHMARK, 0, refit=False, given=BENCHMARK_PARTS)
    assert listed(parts.fit) == listed(parts.train) == {0: [5, 6], 1: [1, 2], 2: [4, 9]}
    assert prompts_and_targets(parts.valid) == {0: ([5, 6], 7), 1: ([1, 2], 3)}
    assert prompts_and_targets(parts.test) == {0: ([5, 6, 7], 8)}
    assert parts.test.target_times.tolist() == [3]
    assert parts.dropped == NOTHING_DROPPED
    assert parts.whole is BENCHMARK


def test_a_refit_trains_on_the_validation_part_too():
    parts = Given().split(BENCHMARK, 0, refit=True, given=BENCHMARK_PARTS)
    assert listed(parts.fit) == {0: [5, 6], 1: [1, 2], 2: [4, 9]}
    assert listed(parts.train) == {0: [5, 6, 7], 1: [1, 2, 3], 2: [4, 9]}


def test_the_first_event_of_the_part_is_the_target_or_every_one_in_turn():
    data, parts = in_turn([1, 2, 3, 4, 5], [6, 7, 8]), said("tvvss", "tts")
    first = Given().split(data, 0, refit=False, given=parts)
    assert questions(first.test) == [(0, [1, 2, 3], 4), (1, [6, 7], 8)]
    assert questions(first.valid) == [(0, [1], 2)]
    every = Given(targets="every").split(data, 0, refit=False, given=parts)
    assert questions(every.test) == [(0, [1, 2, 3], 4), (0, [1, 2, 3, 4], 5), (1, [6, 7], 8)]
    assert questions(every.valid) == [(0, [1], 2), (0, [1, 2], 3)]
    assert every.test.target_times.tolist() == [3, 4, 2]
    assert every.test.prompts.times.tolist() == [0, 1, 2, 0, 1, 2, 3, 0, 1]


def test_without_a_validation_part_sessions_are_held_out_as_in_the_temporal_split():
    n = 40
    data = sequences([[(u, u), (u + 1, u), (u + 2, u)] for u in range(n)] + [[(0, 99), (1, 99)]] * 10)
    parts = Given().split(data, 7, refit=False, given=said(*["tts"] * n, *["tt"] * 10))
    assert len(parts.train) == 50
    assert len(parts.valid) == 5
    assert set(parts.fit.users) | set(parts.valid.prompts.users) == set(parts.train.users)
    assert not set(parts.fit.users) & set(parts.valid.prompts.users)
    assert (parts.valid.prompts.lengths == 1).all()
    # The temporal split would hold out the same sessions of the same training data.
    temporal = Temporal(test_fraction=0.2).hold_out(parts.train, 7)[0]
    assert prompts_and_targets(temporal) == prompts_and_targets(parts.valid)


def test_users_who_have_no_past_are_counted_and_no_case():
    data = in_turn([1, 2], [3, 4], [5, 6, 7], [8, 9])
    parts = Given(targets="every").split(data, 0, refit=False, given=said("ss", "vs", "tvs", "tt"))
    # For the test, a validation event is part of the past.
    assert questions(parts.test) == [(1, [3], 4), (2, [5, 6], 7)]
    assert questions(parts.valid) == [(2, [5], 6)]
    assert listed(parts.train) == {2: [5], 3: [8, 9]}
    assert parts.dropped == NOTHING_DROPPED | {"test_users_without_history": 1, "valid_users_without_history": 1}


def test_rows_of_no_part_are_counted_and_in_no_part():
    parts = Given().split(in_turn([1, 2, 3, 4]), 0, refit=False, given=said("t?vs"))
    assert listed(parts.train) == {0: [1]}
    assert prompts_and_targets(parts.test) == {0: ([1, 3], 4)}
    assert parts.dropped == NOTHING_DROPPED | {"events_of_no_part": 1}


def test_a_target_older_than_its_prompt_would_be_is_counted_and_left_out():
    # User 0 has a test event and a validation event before the last training event; user 1 is in order.
    data, given_parts = in_turn([1, 2, 3, 4, 5], [6, 7, 8]), said("svtvs", "tvs")
    parts = Given().split(data, 0, refit=False, given=given_parts)
    assert questions(parts.valid) == [(0, [3], 4), (1, [6], 7)]
    assert questions(parts.test) == [(0, [3, 4], 5), (1, [6, 7], 8)]
    assert parts.dropped == NOTHING_DROPPED | {"events_older_than_an_earlier_part": 2}


def test_among_equal_times_the_parts_come_in_their_order():
    # The tie rule put the test event first, without evidence for that order.
    data = sequences([[(9, 5), (8, 5), (1, 5), (2, 5)]])
    parts = Given().split(data, 0, refit=False, given=said("svtt"))
    assert listed(parts.train) == {0: [1, 2]}
    assert prompts_and_targets(parts.valid) == {0: ([1, 2], 8)}
    assert prompts_and_targets(parts.test) == {0: ([1, 2, 8], 9)}
    assert parts.dropped == NOTHING_DROPPED


EVENTS = st.lists(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.sampled_from("?tvs")), min_size=1, max_size=8),
    min_size=1,
    max_size=8,
)


@given(EVENTS, st.sampled_from(["first", "every"]), st.booleans())
def test_no_prompt_knows_the_future_and_no_event_is_in_two_parts(histories, targets, refit):
    histories = [sorted(history, key=lambda event: event[1]) for history in histories]
    data = sequences([[(item, time) for item, time, _ in history] for history in histories])
    letters = ["".join(letter for _, _, letter in history) for history in histories]
    parts = Given(targets=targets).split(data, 0, refit=refit, given=said(*letters))
    for cases in (parts.valid, parts.test):
        assert (cases.prompts.lengths >= 1).all()
        assert (np.diff(cases.prompts.times)[np.diff(cases.prompts.rows) == 0] >= 0).all()
        last = cases.prompts.times[cases.prompts.offsets[1:] - 1]
        assert (last <= cases.target_times).all()
    trained = Counter(
        (user, item, time) for user, history in enumerate(histories) for item, time, letter in history if letter == "t"
    )
    columns = parts.fit.users[parts.fit.rows], parts.fit.items, parts.fit.times
    fit = Counter(zip(*(column.tolist() for column in columns), strict=True))
    assert not fit - trained
    if any("v" in row for row in letters):
        assert fit == trained


def test_a_dump_without_a_split_names_those_that_bring_one():
    with pytest.raises(DataError) as caught:
        Given().split(BENCHMARK, 0, refit=False)
    assert caught.value.subject == "protocol.split"
    assert "no split" in caught.value.got
    assert "amazon_2023" in caught.value.expected
    assert "delivery_hero_dhrd" in caught.value.expected
    assert "temporal" in caught.value.remedy
    assert "leave_one_out" in caught.value.remedy
