from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from seqrec.ingest.keys import ITEM_KEY, TIME, USER, counts_of, n_distinct
from tests.seqrec.ingest.keys import keys


@given(numbers=st.lists(st.integers(0, 5) | st.integers(0, 2**64 - 1)))
def test_counts(numbers: list[int]) -> None:
    assert counts_of(pl.Series(numbers, dtype=pl.UInt64)).select("value", "len").rows() == sorted(
        Counter(numbers).items()
    )


def test_different_rows_of_some_columns() -> None:
    rows = keys([("u", "a", 1), ("u", "a", 2), ("v", "a", 2), ("v", "b", 2), ("v", "b", 2)])
    assert [n_distinct(rows, USER, *others) for others in ((), (ITEM_KEY,), (TIME,), (ITEM_KEY, TIME))] == [2, 3, 3, 4]
