"""Ingest without a Prefect server: the function of the task on a real store."""

import re
from pathlib import Path

import polars as pl
import pytest

from seqrec.errors import DataError
from seqrec.experiment_file import load_dataset
from seqrec.report.known import known_size_of
from seqrec.report.notices import notices
from seqrec.report.quality import quality_sections
from storage.catalogue import Catalogue
from storage.files.quality import read_quality
from storage.settings import Settings
from tasks.ingest import ingest
from tests.shared_data import shared_data

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


def test_a_dump_may_leave_the_catalogue_alone(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "interactions.csv").write_text(TABLE + f"{name},i1,3\n")
    ingest.fn(load_dataset("table"), tmp_path / "here")
    ingest.fn(load_dataset("table"), tmp_path / "there", catalogued=False)
    catalogue = Catalogue(Settings().catalogue_path)
    assert catalogue.query("select label from datasets").rows() == [("interactions",)]
    assert catalogue.query("select user_id from interactions_interactions")["user_id"].to_list() == ["u1", "u1", "here"]


def test_nothing_usable_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text("user_id,item_id,timestamp\nu1,i1,\n")
    with pytest.raises(DataError) as caught:
        ingest.fn(load_dataset("table"), tmp_path)
    assert "interactions" in caught.value.subject
    assert list(Settings().store_dir.glob("dump/*")) == []
    assert list(Settings().store_dir.glob(".making/*")) == []


DOUBLES = "user_id,item_id,timestamp\nu1,i1,2\nu1,i1,2\nu1,i2,3\nu1,i1,1\nu2,i1,1\nu2,i1,1\nu2,i1,2\n,i1,2\n"


@pytest.mark.parametrize(
    ("policy", "positions"),
    [("keep", [0, 1, 2, 3, 4, 5, 6]), ("exact", [0, 2, 3, 4, 6]), ("pair", [2, 3, 4])],
)
@pytest.mark.parametrize("rows_in_memory", [100, 1])
def test_duplicates_go_by_the_declared_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, positions: list[int], rows_in_memory: int
) -> None:
    monkeypatch.setenv("SEQREC_ROWS_IN_MEMORY", str(rows_in_memory))
    (tmp_path / "interactions.csv").write_text(DOUBLES)
    dump = ingest.fn(load_dataset("table", [f"duplicates={policy}"]), tmp_path)
    folder = Path(dump.uri)
    assert pl.read_parquet(folder / "interactions.parquet")["position"].to_list() == positions
    assert dump.rows == len(positions)
    rejects = pl.read_parquet(folder / "rejects.parquet").filter(reason="duplicate interaction")
    assert set(rejects["line"]) == set(range(7)) - set(positions)
    quality = read_quality(folder)
    n_set_aside = 7 - len(positions)
    assert quality.set_aside == {"no user": 1} | ({"duplicate interaction": n_set_aside} if n_set_aside else {})
    assert quality.n_read == 8
    assert quality.events.n_exact_duplicates == (2 if policy == "keep" else 0)


def test_how_much_fits_into_memory_changes_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "interactions.csv").write_text(DOUBLES)
    dataset = load_dataset("table", ["duplicates=exact"])
    contents = []
    for root, rows_in_memory in (("a", 100), ("b", 2)):
        monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / root))
        monkeypatch.setenv("SEQREC_ROWS_IN_MEMORY", str(rows_in_memory))
        folder = Path(ingest.fn(dataset, tmp_path).uri)
        contents.append({file.name: file.read_bytes() for file in folder.iterdir() if file.name != "manifest.json"})
    assert contents[0] == contents[1]
    assert set(contents[0]) == {
        "bookmark.json",
        "interactions.parquet",
        "items.parquet",
        "quality.json",
        "quality.parquet",
        "rejects.parquet",
    }


def test_a_product_table_of_other_items_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text(TABLE)
    (tmp_path / "items.csv").write_text("item_id,name\nx1,Pen\nx2,<b>Ink</b>\n")
    dataset = load_dataset("table", ["catalogue.file=items.csv", "catalogue.title=name"])
    quality = read_quality(Path(ingest.fn(dataset, tmp_path).uri))
    assert "Product table" in [notice.what for notice in notices(quality)]
    assert quality.items.n_cleaned_titles == 1


def test_an_unreadable_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "interactions.csv"
    path.write_text(TABLE)

    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError) as caught:
        ingest.fn(load_dataset("table"), tmp_path)
    assert (caught.value.subject, "Permission denied" in caught.value.got) == (str(path), True)


def finished(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was said of each ingest when it was over."""
    return [record.detail for record in caplog.records if record.state in {"done", "stored"}]


def test_the_log_says_what_was_done_with_an_earlier_dump(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dataset = load_dataset("table", ["events.file=orders-*.csv"])
    nights = [TABLE, "user_id,item_id,timestamp\nu2,i2,3\nu3,,4\n"]
    with caplog.at_level("INFO", "seqrec.progress"):
        for night, text in enumerate(nights):
            (tmp_path / f"orders-{night}.csv").write_text(text)
            ingest.fn(dataset, tmp_path)
        (tmp_path / "orders-0.csv").write_text(TABLE + "u9,i9,9\n")
        ingest.fn(dataset, tmp_path)
        (tmp_path / "orders-0.csv").write_text(TABLE)
        ingest.fn(dataset, tmp_path)
    first, grown, other, stored = (detail.partition("; ")[2] for detail in finished(caplog))
    assert (first, stored) == ("", "2 files of interactions")
    assert grown == "2 files of interactions; added 2 rows to 3 read before"
    assert other == "2 files of interactions; all files read again: orders-0.csv has changed"


def test_the_log_says_how_many_files_fit_a_pattern_and_which_are_empty(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for night, text in enumerate([TABLE, "", TABLE]):
        (tmp_path / f"orders-{night}.csv").write_text(text)
    with caplog.at_level("INFO", "seqrec.progress"):
        dump = ingest.fn(load_dataset("table", ["events.file=orders-*.csv"]), tmp_path)
    assert "3 files of interactions, 1 of them empty and skipped (orders-1.csv)" in finished(caplog)[0]
    rows = next(section for section in quality_sections(read_quality(Path(dump.uri))) if section.title == "Rows")
    assert [(fact.what, fact.value) for fact in rows.facts[:2]] == [
        ("files of interactions", 3),
        ("empty files, skipped", 1),
    ]


def test_the_log_says_which_name_each_dataset_has_in_sql(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frame = pl.DataFrame({"user_id": ["u", "v"], "item_id": ["i", "i"], "timestamp": [1, 2]})
    frame.write_csv(tmp_path / "orders.csv")
    frame.head(1).write_parquet(tmp_path / "orders.parquet")
    with caplog.at_level("INFO", "seqrec.progress"):
        for file in ("orders.csv", "orders.parquet", "orders.csv"):
            ingest.fn(load_dataset("table", [f"events.file={file}"]), tmp_path)
    names = [re.search(r"in SQL (\w+)", detail)[1] for detail in finished(caplog)]
    assert names == ["interactions_orders", "interactions_orders_2", "interactions_orders"]
    catalogue = Catalogue(Settings().catalogue_path)
    assert [catalogue.query(f"select count(*) from {name}").item() for name in names] == [2, 1, 2]


def test_the_real_duplicates_of_gift_cards() -> None:
    dataset = load_dataset("amazon_2018", ["category=Gift_Cards"])
    quality = read_quality(Path(ingest.fn(dataset, shared_data("amazon_2018")).uri))
    assert quality.duplicates == "exact"
    assert quality.set_aside["duplicate interaction"] == 3
    assert (quality.events.n_users, quality.items.n_interacted, quality.events.n_interactions) == (458, 148, 2_969)
    assert known_size_of(quality.label, min(quality.events.lengths)) is not None
    assert "Size" not in [notice.what for notice in notices(quality)]
