import itertools
from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.ingest.counts import DAY_US, count, count_users
from seqrec.ingest.keys import USER
from tests.seqrec.ingest.keys import Row, keys


def test_known_answer() -> None:
    found = count_users(keys([("u", "a", 3), ("u", "a", 3), ("u", "b", 3), ("u", "c", 4), ("v", "a", 2)]))
    assert (found.n_interactions, found.n_users) == (5, 2)
    assert (found.n_pairs, found.n_triples, found.n_moments) == (4, 4, 3)
    assert found.lengths == {4: 1, 1: 1}
    assert (found.first_us, found.last_us, found.resolution) == (2 * DAY_US, 4 * DAY_US, "day")
    # Of u's three steps, two take no time.
    assert found.tied == pytest.approx(2 / 3)
    assert (found.n_exact_duplicates, found.n_repeats) == (1, 1)


@pytest.mark.parametrize(
    ("unit_us", "resolution"),
    [(DAY_US, "day"), (3_600_000_000, "second"), (1_000_000, "second"), (5_000, "millisecond"), (1, "microsecond")],
)
def test_resolution(unit_us: int, resolution: str) -> None:
    assert count_users(keys([("u", "a", 1), ("v", "a", 7)], unit_us)).resolution == resolution


def test_a_single_event_has_no_ties() -> None:
    assert count_users(keys([("u", "a", 1)])).tied == 0.0


@given(
    rows=st.lists(st.tuples(st.sampled_from("tuvwx"), st.sampled_from("abc"), st.integers(0, 3)), min_size=1),
    n_parts=st.integers(1, 4),
    policy=st.sampled_from(["keep", "exact", "pair"]),
)
def test_parts_add_up(rows: list[Row], n_parts: int, policy: str) -> None:
    whole = keys(rows)
    parts = [part for _, part in whole.group_by(pl.col(USER) % n_parts)]
    one, several = count([whole], policy), count(parts, policy)
    assert one.counts == several.counts
    assert one.items.sort("value").equals(several.items.sort("value"))
    assert one.duplicates.to_list() == several.duplicates.to_list()


@given(rows=st.lists(st.tuples(st.sampled_from("uvw"), st.sampled_from("abc"), st.integers(0, 3)), min_size=1))
def test_against_plain_counting(rows: list[Row]) -> None:
    found = count([keys(rows)], "keep").counts
    ordered = sorted(rows, key=lambda row: (row[0], row[2]))
    steps = [(a, b) for a, b in itertools.pairwise(ordered) if a[0] == b[0]]
    assert found.tied == pytest.approx(sum(a[2] == b[2] for a, b in steps) / max(len(steps), 1))
    assert found.n_repeats == len(rows) - len({row[:2] for row in rows})
    assert found.lengths == Counter(Counter(row[0] for row in rows).values())


def test_what_is_counted_is_what_stays() -> None:
    found = count([keys([("u", "a", 1), ("u", "a", 1), ("u", "a", 2)])], "pair")
    assert (found.counts.n_interactions, found.counts.n_pairs, len(found.duplicates)) == (1, 1, 2)
