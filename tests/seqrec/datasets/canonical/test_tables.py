from datetime import UTC, datetime

import pyarrow as pa
import pytest

from seqrec import schema
from seqrec.datasets.canonical.tables import canonical_interactions, canonical_items

WHEN = datetime(2020, 1, 2, tzinfo=UTC)


def events(*users: str | None) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            schema.VALUE: pa.array([1.5] * len(users), pa.float64()),
            schema.USER: pa.array(users, pa.large_string()),
            schema.ITEM: ["i"] * len(users),
            schema.TIMESTAMP: pa.array([WHEN] * len(users), pa.timestamp("ms", tz="UTC")),
        }
    )


def test_position_runs_over_batches() -> None:
    batches = list(canonical_interactions([events("a", "b"), events(), events("c")]))
    assert all(batch.schema == schema.INTERACTIONS for batch in batches)
    rows = pa.Table.from_batches(batches).to_pylist()
    assert [(row["user_id"], row["position"], row["timestamp"], row["value"]) for row in rows] == [
        ("a", 0, WHEN, 1.5),
        ("b", 1, WHEN, 1.5),
        ("c", 2, WHEN, 1.5),
    ]


def test_a_null_key_is_a_mistake_of_the_reader() -> None:
    with pytest.raises(AssertionError, match="user_id is null"):
        list(canonical_interactions([events("a", None)]))


def test_a_missing_column_is_a_mistake_of_the_reader() -> None:
    with pytest.raises(AssertionError, match=r"\['title'\]"):
        list(
            canonical_items(
                [
                    pa.RecordBatch.from_pydict(
                        {"item_id": ["a"], "brand": ["b"], "categories": [None], "description": [None]}
                    )
                ]
            )
        )


def test_items() -> None:
    columns = {
        "title": [None],
        "item_id": ["a"],
        "brand": [None],
        "categories": [["x"]],
        "description": ["d"],
    }
    (batch,) = canonical_items([pa.RecordBatch.from_pydict(columns)])
    assert batch.schema == schema.ITEMS
    assert batch.to_pylist() == [
        {"item_id": "a", "title": None, "brand": None, "categories": ["x"], "description": "d"}
    ]


def test_position_continues_from_the_given_start() -> None:
    batches = canonical_interactions([events("a"), events("b", "c")], first_position=7)
    assert [row["position"] for batch in batches for row in batch.to_pylist()] == [7, 8, 9]
