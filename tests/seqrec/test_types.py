import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from seqrec.types import Cases, Sequences, Vectors, Vocabulary
from tests.synthetic import chain_split, sequences_of

ROWS = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=8)


def rows_of(sequences: Sequences) -> list[list[int]]:
    return [sequences.sequence(row).tolist() for row in range(len(sequences))]


@given(ROWS)
def test_sequences_are_views_of_one_array(rows):
    sequences = sequences_of(rows)
    assert rows_of(sequences) == rows
    assert sequences.lengths.tolist() == [len(row) for row in rows]
    assert sequences.rows.tolist() == [i for i, row in enumerate(rows) for _ in row]
    assert sequences.ages.tolist() == [age for row in rows for age in range(len(row), 0, -1)]
    assert sequences.n_events == sum(map(len, rows))


@given(ROWS, st.data())
def test_take_picks_rows_in_any_order_and_again(rows, data):
    picked = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10)) if rows else []
    taken = sequences_of(rows).take(np.array(picked, np.int64))
    assert rows_of(taken) == [rows[i] for i in picked]
    assert taken.users.tolist() == picked
    assert taken.times.tolist() == [second * 1_000_000 for i in picked for second in range(len(rows[i]))]


@given(ROWS, st.data())
def test_a_block_is_a_range_of_rows(rows, data):
    start = data.draw(st.integers(0, len(rows)))
    stop = data.draw(st.integers(start, len(rows)))
    block = sequences_of(rows).block(start, stop)
    assert rows_of(block) == rows[start:stop]
    assert block.offsets[0] == 0
    assert block.users.tolist() == list(range(start, stop))


@given(ROWS, st.integers(1, 6))
def test_the_tail_is_the_most_recent_events(rows, max_len):
    assert rows_of(sequences_of(rows).tail(max_len)) == [row[-max_len:] for row in rows]


@given(ROWS)
def test_keep_drops_events_and_no_sequence(rows):
    sequences = sequences_of(rows)
    assert rows_of(sequences.keep(sequences.items % 2 == 0)) == [[i for i in row if i % 2 == 0] for row in rows]


def test_shapes_and_types_are_checked_in_tests():
    with pytest.raises(TypeCheckError):
        Vectors(np.zeros((3, 2), np.float64))
    with pytest.raises(TypeCheckError):
        Cases(sequences_of([[1]]), np.zeros(1, np.int32), np.zeros(2, np.int64))


def test_sizes():
    vocabulary = Vocabulary(np.array(["a", "b"], object), np.array(["u"], object))
    assert (vocabulary.n_items, vocabulary.n_users) == (2, 1)
    assert Vectors(np.zeros((3, 2), np.float32)).dim == 2
    split = chain_split()
    assert len(split.test) == len(split.test.targets) == 60
    assert split.n_items == 40
    assert split.training.trained.sum() == 40
