import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.ingest.sink import ArrowSink
from tests.seqrec.ingest.keys import interactions, keys

ROWS = [("u", "a", 3), ("v", "b", 2), ("u", "a", 1)]


def canonical() -> pa.Table:
    frame = interactions(ROWS).with_columns(value=pl.lit(None, pl.Float32), part=pl.lit(None, pl.String))
    return frame.select(schema.INTERACTIONS.names).to_arrow().cast(schema.INTERACTIONS)


def test_what_was_written_is_read_whole_or_by_columns() -> None:
    sink = ArrowSink()
    assert sink.write("interactions", canonical().to_batches(max_chunksize=2)) == 3
    assert pa.Table.from_batches(sink.read("interactions")) == canonical()
    (first, *_) = sink.read("interactions", ("item_id",))
    assert first.schema.names == ["item_id"]
    assert pl.concat(sink.keys()).equals(keys(ROWS))


def test_a_table_is_replaced_while_it_is_read() -> None:
    sink = ArrowSink()
    sink.write("interactions", canonical().to_batches(max_chunksize=1))
    assert (
        sink.write("interactions", (batch for batch in sink.read("interactions") if batch["user_id"][0].as_py() == "u"))
        == 2
    )
    assert sink.tables["interactions"]["position"].to_pylist() == [0, 2]


def test_a_table_of_nothing_has_its_schema() -> None:
    sink = ArrowSink()
    assert sink.write("items", []) == 0
    assert sink.tables["items"].schema == schema.ITEMS
    assert list(sink.read("items", ("item_id",))) == []
