"""Streamed Parquet."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seqrec.errors import StorageError
from storage.files import ParquetSink
from storage.files.table import ROW_GROUP

SCHEMA = pa.schema([pa.field("a", pa.int64(), nullable=False)])


def batch(start: int, n: int) -> pa.RecordBatch:
    """Return rows that count up."""
    return pa.record_batch([pa.array(range(start, start + n), pa.int64())], schema=SCHEMA)


def test_batches_are_gathered_in_order(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.parquet"
    n = ROW_GROUP // 4 + 1
    with ParquetSink(path, SCHEMA) as sink:
        for i in range(6):
            sink.write(batch(i * n, n))
        assert not path.exists()
        assert sink.rows == 6 * n
    file = pq.ParquetFile(path)
    assert file.schema_arrow.equals(SCHEMA)
    assert file.read()["a"].to_pylist() == list(range(6 * n))
    assert file.num_row_groups == 2
    assert list(path.parent.iterdir()) == [path]


def test_no_batch_is_an_empty_table(tmp_path: Path) -> None:
    with ParquetSink(tmp_path / "a.parquet", SCHEMA):
        pass
    assert pq.read_table(tmp_path / "a.parquet").schema.equals(SCHEMA)
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0
    assert pl.read_parquet(tmp_path / "a.parquet").schema == {"a": pl.Int64}


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("before")

    def fail() -> None:
        with ParquetSink(path, SCHEMA) as sink:
            sink.write(batch(0, ROW_GROUP))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_another_schema_is_a_mistake_of_ours(tmp_path: Path) -> None:
    other = pa.record_batch({"a": ["text"]})
    with pytest.raises(AssertionError), ParquetSink(tmp_path / "a.parquet", SCHEMA) as sink:
        sink.write(other)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        ParquetSink(tmp_path / "file" / "a.parquet", SCHEMA)
    assert caught.value.subject == str(tmp_path / "file")


def test_numbers_that_count_up_take_next_to_nothing(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("row", pa.int64()), pa.field("name", pa.string())])
    rows = pa.record_batch([pa.array(range(ROW_GROUP)), pa.array(["a", "b"] * (ROW_GROUP // 2))], schema=schema)
    with ParquetSink(tmp_path / "a.parquet", schema) as sink:
        sink.write(rows)
    assert (tmp_path / "a.parquet").stat().st_size < 16_384
    assert pq.read_table(tmp_path / "a.parquet").equals(pa.Table.from_batches([rows]))
    assert pl.read_parquet(tmp_path / "a.parquet").equals(pl.DataFrame(rows))


def test_rows_that_fill_the_groups_leave_no_empty_one(tmp_path: Path) -> None:
    with ParquetSink(tmp_path / "a.parquet", SCHEMA) as sink:
        sink.write(batch(0, ROW_GROUP))
        sink.write(batch(ROW_GROUP, 0))
    assert pq.read_metadata(tmp_path / "a.parquet").num_row_groups == 1
    assert pl.read_parquet(tmp_path / "a.parquet").height == ROW_GROUP
