import tracemalloc

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.canonical.first_seen import FirstSeen

TEXTS = st.sampled_from(["", " ", "a", " a", "a ", "B00TEXT", "B00TEXT" * 9, "\u2665"]) | st.text(max_size=3)


@given(st.lists(st.lists(TEXTS, max_size=8), max_size=30))
def test_every_text_but_the_first_was_seen_before(parts: list[list[str]]) -> None:
    seen, before = FirstSeen(), set[str]()
    for part in parts:
        known = []
        for text in part:
            known.append(text in before)
            before.add(text)
        assert seen.seen_before(pl.Series(part, dtype=pl.String)).to_list() == known


def test_what_was_seen_long_ago_is_known_among_many() -> None:
    seen = FirstSeen()
    ids = pl.Series(range(50_000)).cast(pl.String)
    assert not any(seen.seen_before(ids[start : start + 1_700]).any() for start in range(0, 50_000, 1_700))
    assert seen.seen_before(ids.reverse()).all()


def test_texts_themselves_are_not_kept() -> None:
    seen, n_texts = FirstSeen(), 20_000
    ids = pl.Series(range(n_texts)).cast(pl.String)
    tracemalloc.start()
    try:
        seen.seen_before(ids)
        kept_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < n_texts
