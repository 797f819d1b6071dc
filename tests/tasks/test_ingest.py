"""Ingesting, without a server: the task's own function over a real store."""

from pathlib import Path

import polars as pl
import pytest

from seqrec.errors import DataError
from seqrec.experiment_file import load_dataset
from storage.catalogue import Catalogue
from storage.settings import Settings
from tasks.ingest import ingest

TABLE = "user_id,item_id,timestamp\nu1,i1,1\nu1,i2,2\nu2,i1,\n"


def test_the_same_bytes_are_read_once_wherever_they_lie(tmp_path: Path) -> None:
    dataset = load_dataset("table")
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "interactions.csv").write_text(TABLE)
    first, second = (ingest.fn(dataset, tmp_path / name) for name in ("here", "there"))
    assert first == second
    assert first.rows == 2
    (tmp_path / "there" / "interactions.csv").write_text(TABLE + "u2,i2,3\n")
    changed = ingest.fn(dataset, tmp_path / "there")
    assert (changed.rows, changed.key == first.key) == (3, False)


def test_what_was_set_aside_is_kept_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text(TABLE)
    dump = ingest.fn(load_dataset("table"), tmp_path)
    rejects = pl.read_parquet(Path(dump.uri) / "rejects.parquet")
    assert rejects.select("line").rows() == [(4,)]
    seen = Catalogue(Settings().catalogue_path).query("select count(*) as n from rejects_interactions")
    assert seen.item() == 1


def test_nothing_usable_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text("user_id,item_id,timestamp\nu1,i1,\n")
    with pytest.raises(DataError) as caught:
        ingest.fn(load_dataset("table"), tmp_path)
    assert "interactions" in caught.value.subject
    assert list(Settings().store_dir.glob("dump/*")) == []
    assert list(Settings().store_dir.glob(".making/*")) == []
