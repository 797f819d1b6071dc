import tracemalloc

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.canonical.first_seen import Met

TEXTS = st.sampled_from(["", " ", "a", " a", "a ", "B00TEXT", "B00TEXT" * 9, "\u2665"]) | st.text(max_size=3)


@given(st.lists(st.lists(TEXTS, max_size=8), max_size=30))
def test_every_text_but_the_first_was_met_before(parts: list[list[str]]) -> None:
    met, before = Met(), set[str]()
    for part in parts:
        known = []
        for text in part:
            known.append(text in before)
            before.add(text)
        assert met.again(pl.Series(part, dtype=pl.String)).to_list() == known


def test_what_was_met_long_ago_is_known_among_many() -> None:
    met = Met()
    ids = pl.Series(range(50_000)).cast(pl.String)
    assert not any(met.again(ids[start : start + 1_700]).any() for start in range(0, 50_000, 1_700))
    assert met.again(ids.reverse()).all()


def test_texts_themselves_are_not_kept() -> None:
    met, n_texts = Met(), 20_000
    ids = pl.Series(range(n_texts)).cast(pl.String)
    tracemalloc.start()
    try:
        met.again(ids)
        kept_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < n_texts
