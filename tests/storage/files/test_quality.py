"""Quality reports on disk, and tables that don't fit into memory."""

from pathlib import Path

import polars as pl
import pytest

from seqrec.errors import StorageError
from seqrec.ingest.count import count
from seqrec.ingest.keys import USER
from seqrec.ingest.sections import quality_sections
from storage.files.quality import QUALITY as FILE
from storage.files.quality import key_parts, read_quality, write_quality
from tests.seqrec.ingest.keys import interactions
from tests.seqrec.ingest.test_quality import QUALITY


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_quality(tmp_path, QUALITY)
    assert read_quality(tmp_path) == QUALITY


def test_every_fact_is_a_row(tmp_path: Path) -> None:
    write_quality(tmp_path, QUALITY)
    table = pl.read_parquet(tmp_path / "quality.parquet")
    assert table.columns == ["section", "what", "value"]
    assert table.height == sum(len(section.facts) for section in quality_sections(QUALITY))
    row = table.filter(section="Interactions", what="interactions")
    assert row["value"].cast(pl.Int64).item() == 198_502


@pytest.mark.parametrize("text", ["{}", "no JSON"])
def test_a_damaged_report(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StorageError) as caught:
        read_quality(tmp_path)
    assert caught.value.subject == str(tmp_path / FILE)


@pytest.mark.parametrize("max_rows", [1_000, 100, 7])
def test_parts_hold_each_user_whole_and_every_row_once(tmp_path: Path, max_rows: int) -> None:
    rows = [(f"u{i % 37}", f"i{i % 11}", i // 50) for i in range(500)]
    # A folder with signs that mean something in patterns.
    path = tmp_path / "[a]*" / "interactions.parquet"
    path.parent.mkdir()
    interactions(rows).write_parquet(path)
    parts = list(key_parts(path, max_rows))
    assert (len(parts) > 1) == (max_rows < 500)
    assert sorted(pl.concat(parts)["position"]) == list(range(500))
    assert sum(part[USER].n_unique() for part in parts) == 37
    whole = count(key_parts(path, 10_000), "pair")
    again = count(key_parts(path, max_rows), "pair")
    assert whole.tally == again.tally
    assert whole.duplicates.to_list() == again.duplicates.to_list()
    assert [file.name for file in path.parent.iterdir()] == ["interactions.parquet"]


def test_parts_leave_nothing_when_they_are_given_up(tmp_path: Path) -> None:
    path = tmp_path / "interactions.parquet"
    interactions([(f"u{i}", "a", i) for i in range(50)]).write_parquet(path)
    parts = key_parts(path, 5)
    next(parts)
    parts.close()
    assert [file.name for file in tmp_path.iterdir()] == ["interactions.parquet"]
