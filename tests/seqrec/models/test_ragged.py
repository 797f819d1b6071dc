import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqrec.models.ragged import first_occurrences, first_of_rows, hashes, last_items, pieces
from tests.synthetic import sequences_of


def test_first_occurrences() -> None:
    assert first_occurrences(sequences_of([[3, 1, 3], [], [3, 3]]), 4).tolist() == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_last_items() -> None:
    assert last_items(sequences_of([[3, 1], [], [2]]), missing=9).tolist() == [1, 9, 2]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 9)), max_size=30),
    st.integers(1, 5),
)
def test_first_of_rows_agrees_with_a_sort(entries: list[tuple[int, int, int]], n: int) -> None:
    entries = [(row, first, second * 100 + i) for i, (row, first, second) in enumerate(entries)]
    rows, first, second = np.array(entries, np.int64).reshape(-1, 3).T
    kept = first_of_rows(rows, n, first, second)
    wanted = {entry for row in range(5) for entry in sorted(e for e in entries if e[0] == row)[:n]}
    assert {entry for entry, keep in zip(entries, kept, strict=True) if keep} == wanted


@given(st.lists(st.integers(0, 20), max_size=20), st.integers(1, 30))
def test_pieces_cover_all_rows_within_the_budget(costs: list[int], budget: int) -> None:
    ranges = list(pieces(np.array(costs, np.int64), budget))
    assert [row for start, stop in ranges for row in range(start, stop)] == list(range(len(costs)))
    assert all(sum(costs[start:stop]) <= budget + max(costs) for start, stop in ranges if stop > start)


def test_hashes_depend_on_items_and_order_alone() -> None:
    found = hashes(sequences_of([[1, 2], [2, 1], [1, 2, 2], [], [1, 2]]))
    assert found[0] == found[4]
    assert len(set(found.tolist())) == 4
    assert np.array_equal(hashes(sequences_of([[7], [1, 2]]))[1:], found[:1])
