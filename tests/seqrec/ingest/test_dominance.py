from datetime import UTC, datetime

import polars as pl
import pytest

from seqrec.ingest.counts import count
from seqrec.ingest.dominance import Dominant, dominants
from seqrec.ingest.sink import ArrowSink
from seqrec.schema import INTERACTIONS


def sink_of(users: list[str], items: list[str]) -> ArrowSink:
    n = len(users)
    frame = pl.DataFrame(
        {
            "user_id": users,
            "item_id": items,
            "timestamp": [datetime(2019, 1, 1, tzinfo=UTC)] * n,
            "position": range(n),
            "value": pl.Series([None] * n, dtype=pl.Float32),
            "part": pl.Series([None] * n, dtype=pl.String),
        }
    )
    sink = ArrowSink()
    sink.write("interactions", frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(INTERACTIONS).to_batches())
    return sink


def found(users: list[str], items: list[str]) -> list[Dominant]:
    sink = sink_of(users, items)
    return list(dominants(sink, count(sink.keys(), "keep")))


SPREAD = [str(n % 50) for n in range(500)]


@pytest.mark.parametrize(("n", "is_absurd"), [(100, True), (99, False)])
def test_a_user_with_ten_times_as_many_as_the_others(n: int, is_absurd: bool) -> None:
    users = SPREAD + ["anonymous"] * n
    expected = [Dominant("user", "anonymous", n)] if is_absurd else []
    assert found(users, [str(k % 40) for k in range(len(users))]) == expected


def test_an_item_with_an_absurd_share() -> None:
    items = SPREAD + ["test product"] * 200
    assert found([str(k % 70) for k in range(len(items))], items) == [Dominant("item", "test product", 200)]


def test_a_few_users_are_no_reason_for_alarm() -> None:
    assert found(["a"] * 100 + ["b"], [str(k) for k in range(101)]) == []
