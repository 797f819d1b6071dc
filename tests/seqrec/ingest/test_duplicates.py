import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec import schema
from seqrec.datasets.base import Duplicates
from seqrec.datasets.canonical.tables import canonical_interactions
from seqrec.datasets.errors import RejectLog
from seqrec.ingest.duplicates import duplicates, without
from tests.seqrec.ingest.keys import Row, interactions, keys

ROWS: list[Row] = [
    ("u", "a", 3),
    ("u", "a", 3),
    ("v", "a", 3),
    ("u", "a", 1),
    ("u", "b", 3),
    ("u", "a", 3),
    ("v", "a", 4),
    ("u", "a", 1),
]


@pytest.mark.parametrize(
    ("policy", "positions"),
    [
        ("keep", []),
        ("exact", [1, 5, 7]),
        # The earliest of (u, a) is row 3, though row 0 comes first in the dump.
        ("pair", [0, 1, 5, 6, 7]),
    ],
)
def test_known_answers(policy: Duplicates, positions: list[int]) -> None:
    assert duplicates(keys(ROWS), policy).to_list() == positions


@given(
    rows=st.lists(st.tuples(st.sampled_from("uvw"), st.sampled_from("abc"), st.integers(0, 3)), min_size=1),
    policy=st.sampled_from(["exact", "pair"]),
)
def test_exactly_one_of_a_kind_stays(rows: list[Row], policy: Duplicates) -> None:
    gone = set(duplicates(keys(rows), policy))
    kept = [row for position, row in enumerate(rows) if position not in gone]
    kinds = rows if policy == "exact" else [row[:2] for row in rows]
    assert len(kept) == len(set(kinds))
    if policy == "exact":
        assert kept == list(dict.fromkeys(rows))
    else:
        assert all(time == min(t for *who, t in rows if who == [user, item]) for user, item, time in kept)


def test_rows_are_set_aside_with_their_position() -> None:
    frame = interactions(ROWS).drop("position").with_columns(value=pl.lit(None, pl.Float32))
    batches = [batch for part in (frame[:3], frame[3:]) for batch in part.to_arrow().to_batches()]
    rejects = RejectLog()
    kept = list(without(canonical_interactions(batches), pl.Series([1, 5, 7]), rejects))
    assert all(batch.schema == schema.INTERACTIONS for batch in kept)
    assert pl.concat([pl.DataFrame(batch) for batch in kept])["position"].to_list() == [0, 2, 3, 4, 6]
    assert [row[:3] for row in rejects.rows] == [
        ("interactions", position, "duplicate interaction") for position in (1, 5, 7)
    ]
    assert '"user_id":"u","item_id":"a"' in str(rejects.rows[0][3])


def test_nothing_is_refused_however_many_there_are() -> None:
    frame = interactions([("u", "a", 0)] * 500).drop("position").with_columns(value=pl.lit(None, pl.Float32))
    rejects = RejectLog()
    positions = duplicates(keys([("u", "a", 0)] * 500), "exact")
    kept = list(without(canonical_interactions(frame.to_arrow().to_batches()), positions, rejects))
    assert sum(batch.num_rows for batch in kept) == 1
    assert rejects.count == 499


def test_positions_may_have_holes() -> None:
    frame = interactions(ROWS)[[0, 2, 3, 6, 7]].with_columns(
        value=pl.lit(None, pl.Float32), part=pl.lit(None, pl.String)
    )
    batches = [batch.select(schema.INTERACTIONS.names) for batch in frame.to_arrow().to_batches()]
    rejects = RejectLog()
    kept = list(without([batches[0][:3], batches[0][:0], batches[0][3:]], pl.Series([0, 6]), rejects))
    assert pl.concat([pl.DataFrame(batch) for batch in kept])["position"].to_list() == [2, 3, 7]
    assert [line for _, line, *_ in rejects.rows] == [0, 6]
