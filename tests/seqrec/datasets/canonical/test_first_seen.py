import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.canonical.first_seen import first_of_each
from seqrec.datasets.errors import LINE
from seqrec.datasets.reading import Reading

TEXTS = st.sampled_from(["", " ", "a", " a", "a ", "B00TEXT", "B00TEXT" * 9, "\u2665"]) | st.text(max_size=3)


def kept(parts: Iterable[pl.Series], reading: Reading) -> Iterator[pl.Series]:
    """The ids that stay of each part."""
    frames = (pl.DataFrame({LINE: range(1, len(part) + 1), "id": part}) for part in parts)
    return (frame["id"] for frame in first_of_each(frames, "id", reading))


@given(st.lists(st.lists(TEXTS, max_size=8), max_size=30))
def test_every_text_keeps_its_first_position(parts: list[list[str]]) -> None:
    reading, before = Reading(Path("items.csv")), set[str]()
    found = kept([pl.Series(part, dtype=pl.String) for part in parts], reading)
    for part, stays in zip(parts, found, strict=True):
        assert stays.to_list() == [text for text in dict.fromkeys(part) if text not in before]
        before.update(part)
    assert reading.log.count == sum(map(len, parts)) - len(before)
    assert (set(reading.log.by_reason) <= {"duplicate item"}, reading.n_bad) == (True, 0)


def test_what_was_seen_long_ago_is_known_among_many() -> None:
    ids = pl.Series(range(50_000)).cast(pl.String)
    parts = [ids[start : start + 1_700] for start in range(0, 50_000, 1_700)]
    *first, last = kept([*parts, ids.reverse()], Reading(Path("items.csv")))
    assert [len(part) for part in first] == [len(part) for part in parts]
    assert last.is_empty()


def test_texts_themselves_are_not_kept() -> None:
    n_texts = 20_000
    found = kept([pl.Series(range(n_texts)).cast(pl.String)] * 2, Reading(Path("items.csv")))
    tracemalloc.start()
    try:
        next(found)
        kept_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < n_texts
