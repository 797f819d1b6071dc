import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.errors import DataError
from seqrec.preparation.core import core_rows
from seqrec.preparation.events import Events
from seqrec.preparation.protocol import Core
from tests.seqrec.preparation.tables import events

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60)
CORES = st.builds(Core, users=st.integers(0, 4), items=st.integers(0, 4))


def of(pairs: list[tuple[int, int]]) -> Events:
    return events((user, item, 0) for user, item in pairs)


def kept(pairs: list[tuple[int, int]], core: Core) -> list[int]:
    """Return the rows that the filter keeps, possibly none."""
    try:
        return core_rows(of(pairs), core).rows.tolist()
    except DataError:
        return []


def reference(pairs: list[tuple[int, int]], core: Core) -> list[int]:
    """Remove one offending row at a time, by plain counting."""
    rows = list(range(len(pairs)))
    while True:
        users = [pairs[row][0] for row in rows]
        items = [pairs[row][1] for row in rows]
        bad = [r for r in rows if users.count(pairs[r][0]) < core.users or items.count(pairs[r][1]) < core.items]
        if not bad:
            return rows
        rows.remove(bad[0])


def test_one_removal_brings_on_the_next():
    # User 0 has one event; without it item 0 has one, without that user 1, and so on, down to the square.
    chain = [(0, 0), (1, 0), (1, 1), (2, 1), (2, 5)]
    square = [(5, 5), (5, 6), (6, 5), (6, 6)]
    result = core_rows(of(chain + square), Core(users=2, items=2))
    assert result.rows.tolist() == [5, 6, 7, 8]
    assert result.passes == 4


def test_repeats_count():
    assert kept([(0, 0)] * 3, Core(users=3, items=3)) == [0, 1, 2]


def test_zero_turns_a_side_off():
    pairs = [(0, 0), (0, 1), (1, 1)]
    assert kept(pairs, Core(users=2, items=0)) == [0, 1]
    assert kept(pairs, Core(users=0, items=2)) == [1, 2]
    off = core_rows(of(pairs), Core(users=0, items=0))
    assert off.rows.tolist() == [0, 1, 2]
    assert off.passes == 0


@given(PAIRS, CORES)
def test_agrees_with_plain_counting(pairs, core):
    assert kept(pairs, core) == reference(pairs, core)


@given(PAIRS, CORES)
def test_everyone_who_stays_has_enough_and_a_second_filter_changes_nothing(pairs, core):
    left = [pairs[row] for row in kept(pairs, core)]
    for user, item in left:
        assert sum(u == user for u, _ in left) >= core.users
        assert sum(i == item for _, i in left) >= core.items
    assert kept(left, core) == list(range(len(left))) if left else True


@given(PAIRS, CORES, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(pairs, core, random):
    shuffled = random.sample(pairs, len(pairs))
    assert sorted(pairs[r] for r in kept(pairs, core)) == sorted(shuffled[r] for r in kept(shuffled, core))


def test_nothing_left_says_what_came_in_and_when_it_was_gone():
    pairs = [(0, 0), (0, 1), (1, 1), (1, 2)]
    with pytest.raises(DataError) as caught:
        core_rows(of(pairs), Core(users=2, items=3))
    assert caught.value.subject == "protocol.core"
    assert "4 interactions" in caught.value.got
    assert "pass 1" in caught.value.got
    assert "2-core of users" in caught.value.got
    assert "3-core of items" in caught.value.got
    assert "protocol.core.users" in caught.value.remedy


def test_nothing_came_in():
    empty = np.array([], np.int32)
    none = Events(empty, empty, empty.astype(np.int64), empty.astype(np.int64))
    for core in (Core(), Core(users=0, items=0)):
        with pytest.raises(DataError, match="none of 0 interactions"):
            core_rows(none, core)
