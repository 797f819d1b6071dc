import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from seqrec.preparation.vocabulary import build_vocabulary, read_events
from tests.seqrec.preparation.tables import DAY, table

ROWS = [("u2", "b", 3), ("u1", "a", 1), ("u2", "a", 2), ("u3", "c", 0)]


def vocabulary_of(rows):
    return build_vocabulary(*read_events(table(rows)))


def test_codes_follow_sorted_ids_and_rows_stay_in_place():
    events, raw = read_events(table(ROWS))
    assert raw.users.to_list() == ["u1", "u2", "u3"]
    assert raw.items.to_list() == ["a", "b", "c"]
    assert events.users.tolist() == [1, 0, 1, 2]
    assert events.items.tolist() == [1, 0, 0, 2]
    assert events.times.tolist() == [3 * DAY, DAY, 2 * DAY, 0]
    assert events.positions.tolist() == [0, 1, 2, 3]


def test_lazy_and_eager_are_the_same():
    eager, lazy = read_events(table(ROWS)), read_events(table(ROWS).lazy())
    assert np.array_equal(eager[0].items, lazy[0].items)
    assert eager[1].users.equals(lazy[1].users)


def test_times_are_microseconds_whatever_the_unit_of_the_column():
    frame = table(ROWS).with_columns(pl.col("timestamp").dt.cast_time_unit("ms"))
    assert read_events(frame)[0].times.tolist() == [3 * DAY, DAY, 2 * DAY, 0]


def test_final_codes_lead_back_to_the_raw_ids():
    events, vocabulary = vocabulary_of(ROWS)
    back = zip(vocabulary.user_ids[events.users], vocabulary.item_ids[events.items], strict=True)
    assert list(back) == [(user, item) for user, item, _ in ROWS]


def test_ids_that_do_not_occur_are_not_in_the_vocabulary():
    events, raw = read_events(table(ROWS))
    kept, vocabulary = build_vocabulary(events.take(np.array([0, 2])), raw)
    assert vocabulary.user_ids.tolist() == ["u2"]
    assert sorted(vocabulary.item_ids) == ["a", "b"]
    assert kept.users.tolist() == [0, 0]


@given(st.permutations(range(30)), st.integers(1, 1000))
def test_the_vocabulary_knows_neither_the_order_of_rows_nor_the_times(order, days):
    rows = [(f"u{i % 7}", f"i{i}", i) for i in range(30)]
    other = [(rows[i][0], rows[i][1], (rows[i][2] * 7919) % days) for i in order]
    first, second = vocabulary_of(rows)[1], vocabulary_of(other)[1]
    assert first.item_ids.tolist() == second.item_ids.tolist()
    assert first.user_ids.tolist() == second.user_ids.tolist()


def test_codes_are_no_order_of_appearance():
    # Items occur in the order of their ids and of time, but neighbours in time must not be neighbours in code.
    n = 2000
    events, _ = vocabulary_of([(f"u{i:05}", f"i{i:05}", i) for i in range(n)])
    successors = np.mean(np.diff(events.items) == 1)
    assert successors < 0.005
    assert abs(np.corrcoef(events.items, np.arange(n))[0, 1]) < 0.1
    assert abs(np.corrcoef(events.users, events.items)[0, 1]) < 0.1
