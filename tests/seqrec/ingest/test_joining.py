import polars as pl
import pytest

from seqrec.ingest.joining import Mismatch, mismatch
from seqrec.ingest.sink import ArrowSink
from seqrec.schema import ITEM


def found(interacted: list[str], described: list[str]) -> Mismatch | None:
    sink = ArrowSink()
    for table, ids in (("interactions", interacted), ("items", described)):
        sink.tables[table] = pl.DataFrame({ITEM: pl.Series(ids, dtype=pl.String)}).to_arrow()
    return mismatch(sink)


@pytest.mark.parametrize(
    ("interacted", "described", "reason"),
    [
        ("12.0", "12", "one side writes whole numbers with a fraction"),
        ("12", "12.0", "one side writes whole numbers with a fraction"),
        ("0012", "12", "one side has leading zeros"),
        ("B00 ", "B00", "one side has blanks around its ids"),
        ("b00", "B00", "upper and lower case differ"),
        ('"12"', "12", "one side has quotation marks around its ids"),
        ("12", "99", None),
    ],
)
def test_one_id_of_each_side_and_the_reason(interacted: str, described: str, reason: str | None) -> None:
    assert found(["x", interacted], ["x", described]) == Mismatch(interacted, described, reason)


@pytest.mark.parametrize(("interacted", "described"), [(["x"], ["x", "y"]), (["x", "y"], ["x"]), (["x"], [])])
def test_nothing_to_compare(interacted: list[str], described: list[str]) -> None:
    assert found(interacted, described) is None
