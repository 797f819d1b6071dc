"""The tables of a dump on disk, including those that do not fit into memory."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from seqrec import schema
from seqrec.ingest.counts import count
from seqrec.ingest.keys import USER
from storage.dump_folder import DumpFolder
from tests.seqrec.ingest.keys import interactions


def filled(folder: Path, rows: list[tuple[str, str, int]], rows_in_memory: int = 1_000) -> DumpFolder:
    """Write a folder with these interactions."""
    frame = interactions(rows).with_columns(value=pl.lit(None, pl.Float32), part=pl.lit(None, pl.String))
    table = frame.select(schema.INTERACTIONS.names).to_arrow().cast(schema.INTERACTIONS)
    sink = DumpFolder(folder, rows_in_memory)
    assert sink.write("interactions", table.to_batches(max_chunksize=100)) == len(rows)
    return sink


ROWS = [(f"u{i % 37}", f"i{i % 11}", i // 50) for i in range(500)]


def test_a_table_is_read_whole_or_by_columns_and_replaced_meanwhile(tmp_path: Path) -> None:
    sink = filled(tmp_path, ROWS)
    assert pa.Table.from_batches(sink.read("interactions"))["position"].to_pylist() == list(range(500))
    (first, *_) = sink.read("interactions", ("item_id",))
    assert first.schema.names == ["item_id"]
    assert sink.write("interactions", (batch[:10] for batch in sink.read("interactions"))) < 500
    assert [file.name for file in tmp_path.iterdir()] == ["interactions.parquet"]


@pytest.mark.parametrize("max_rows", [1_000, 100, 7])
def test_parts_hold_each_user_whole_and_every_row_once(tmp_path: Path, max_rows: int) -> None:
    # The name of the folder has characters with a meaning in glob patterns.
    sink = filled(tmp_path / "[a]*", ROWS, max_rows)
    parts = list(sink.keys())
    assert (len(parts) > 1) == (max_rows < 500)
    assert sorted(pl.concat(parts)["position"]) == list(range(500))
    assert sum(part[USER].n_unique() for part in parts) == 37
    whole, again = count(filled(tmp_path / "whole", ROWS).keys(), "pair"), count(sink.keys(), "pair")
    assert whole.counts == again.counts
    assert whole.duplicates.to_list() == again.duplicates.to_list()
    assert [file.name for file in (tmp_path / "[a]*").iterdir()] == ["interactions.parquet"]


def test_parts_leave_nothing_when_they_are_given_up(tmp_path: Path) -> None:
    parts = filled(tmp_path, [(f"u{i}", "a", i) for i in range(50)], 5).keys()
    next(parts)
    parts.close()
    assert [file.name for file in tmp_path.iterdir()] == ["interactions.parquet"]
