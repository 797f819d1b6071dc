"""Dumps in the store: which files are read again, and what is reported about it."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import polars as pl
import pytest

from seqrec.datasets import table as table_module
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.parsing.table_files import open_table
from seqrec.datasets.reading import Reading
from seqrec.datasets.table import Catalogue, Config
from seqrec.digest import digest_of
from seqrec.errors import DataError
from seqrec.ingest.ingest import Earlier
from storage import dump as dump_module
from storage import store as store_module
from storage.dump import inspect
from storage.files.quality import read_quality
from storage.store import Store
from tests.seqrec.datasets.test_contract import WITH_FILES, lay_out, pristine
from tests.shared_data import shared_data
from tests.storage.growing import Ingested, ingest, orders, table


def reason(root: Path, config: DatasetConfig, data: Path) -> str:
    """Return why an ingest read all files again; its result equals that of one that never saw the earlier dump."""
    anew = ingest(root / "store", config, data)
    assert isinstance(anew.earlier, str)
    assert anew.same_as(ingest(root / "fresh", config, data))
    return anew.earlier


def watch_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the names of the tables that are opened from now on."""
    opened: list[str] = []

    def watched(reading: Reading, *arguments: object, **settings: object) -> object:
        opened.append(reading.path.name)
        return open_table(reading, *arguments, **settings)

    monkeypatch.setattr(table_module, "open_table", watched)
    return opened


def test_one_more_file_per_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = table(duplicates="pair")
    for night, users in ((1, "a b"), (2, "ac")):
        orders(tmp_path, night, users)
    ingest(tmp_path / "store", config, tmp_path)
    orders(tmp_path, 3, " db")
    fresh = ingest(tmp_path / "fresh", config, tmp_path)
    opened = watch_files(monkeypatch)
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert (grown.n_files_before, opened) == (2, ["orders-3.parquet"])
    assert grown.same_as(fresh)
    rejects = pl.read_parquet(grown.artifact.path / "rejects.parquet")
    assert rejects.select("file", "line", "reason").rows() == [
        ("orders-1.parquet", 2, "no user"),
        ("orders-3.parquet", 1, "no user"),
        ("interactions", 2, "duplicate interaction"),
        ("interactions", 5, "duplicate interaction"),
    ]


@pytest.mark.parametrize("form", ["csv", "csv.gz", "tsv", "jsonl", "parquet"])
def test_whatever_the_form_of_the_files(form: str, tmp_path: Path) -> None:
    config = table(f"e-*.{form}")
    for night in range(1, 4):
        frame = pl.DataFrame({"user_id": ["u", "v", ""], "item_id": ["i"] * 3, "timestamp": [night, 2, 3]})
        path = tmp_path / f"e-{night}.{form}"
        {
            "csv": frame.write_csv,
            "csv.gz": lambda file, frame=frame: frame.write_csv(file, compression="gzip"),
            "tsv": lambda file, frame=frame: frame.write_csv(file, separator="\t"),
            "jsonl": frame.write_ndjson,
            "parquet": frame.write_parquet,
        }[form](path)
        grown = ingest(tmp_path / "store", config, tmp_path)
    assert grown.n_files_before == 2
    assert grown.same_as(ingest(tmp_path / "fresh", config, tmp_path))


def test_an_earlier_visit_takes_the_place_of_one_read_before(tmp_path: Path) -> None:
    config = table("e-*.csv", duplicates="pair")
    (tmp_path / "e-1.csv").write_text("user_id,item_id,timestamp\nu,i,1365984001\nu,j,1365984002\n")
    ingest(tmp_path / "store", config, tmp_path)
    (tmp_path / "e-2.csv").write_text("user_id,item_id,timestamp\nu,i,1365980000\n")
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert grown.n_files_before == 1
    assert grown.same_as(ingest(tmp_path / "fresh", config, tmp_path))
    events = pl.read_parquet(grown.artifact.path / "interactions.parquet")
    assert events["position"].to_list() == [1, 2]


ITEMS = "item_id,title\ni,<b>Pen</b>\n,lost\n"


@pytest.mark.parametrize("now", [ITEMS, f"{ITEMS}i3,<i>Ink</i>\n,lost too\n"], ids=["same", "other"])
def test_items_are_those_of_the_present_dump(now: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = table(catalogue=Catalogue(file="items.csv", title="title"))
    (tmp_path / "items.csv").write_text(ITEMS)
    orders(tmp_path, 1, "ab")
    ingest(tmp_path / "store", config, tmp_path)
    (tmp_path / "items.csv").write_text(now)
    orders(tmp_path, 2, "c ")
    fresh = ingest(tmp_path / "fresh", config, tmp_path)
    opened = watch_files(monkeypatch)
    grown = ingest(tmp_path / "store", config, tmp_path)
    assert grown.same_as(fresh)
    assert opened == ["orders-2.parquet", *["items.csv"] * (now != ITEMS)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda folder: orders(folder, 1, "z"), "orders-1.parquet is new and comes before orders-2.parquet"),
        (lambda folder: (folder / "orders-2.parquet").unlink(), "orders-2.parquet is gone"),
        (lambda folder: orders(folder, 2, "ab"), "orders-2.parquet has changed"),
        (lambda folder: orders(folder, 3, "acd"), "orders-3.parquet has changed"),
        (lambda folder: (folder / "items.csv").write_text("item_id\nj\n"), "no file of interactions is new"),
    ],
    ids=["before", "gone", "fewer rows", "more rows", "items alone"],
)
def test_everything_is_read_where_files_do_not_just_follow(
    change: Callable[[Path], object], why: str, tmp_path: Path
) -> None:
    config = table(catalogue=Catalogue(file="items.csv"))
    (tmp_path / "items.csv").write_text("item_id\ni\n")
    orders(tmp_path, 2, "abc")
    orders(tmp_path, 3, "ac")
    ingest(tmp_path / "store", config, tmp_path)
    change(tmp_path)
    assert reason(tmp_path, config, tmp_path) == why


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_dump_with_other_interactions_is_read_anew(name: str, tmp_path: Path) -> None:
    config, files = pristine(name)
    lay_out(tmp_path, files)
    ingest(tmp_path / "store", config, tmp_path)
    made = ingest(tmp_path / "store", config, tmp_path)
    assert (made.artifact.made, made.earlier) == (False, None)
    changed = Path(config.files(tmp_path)[0])
    if name == "table_parquet":
        pl.read_parquet(changed).head(4).write_parquet(changed)
    else:
        changed.write_bytes(changed.read_bytes() + (b"\0" * 512 if name == "yelp_tar" else b"\n"))
    if changed.suffix != ".gz":
        assert reason(tmp_path, config, tmp_path) == f"{changed.relative_to(tmp_path)} has changed"


def test_a_first_ingest_has_nothing_to_say(tmp_path: Path) -> None:
    orders(tmp_path, 1, "ab")
    assert ingest(tmp_path, table(), tmp_path).earlier is None
    # Neither does a dump of the same bytes, or of another configuration.
    assert ingest(tmp_path, table(), tmp_path).earlier is None
    orders(tmp_path, 2, "ab")
    assert ingest(tmp_path, table(duplicates="exact"), tmp_path).earlier is None


def test_of_two_earlier_dumps_the_longer_one_is_continued(tmp_path: Path) -> None:
    for night, users in ((1, "ab"), (2, "bc"), (3, "cd")):
        orders(tmp_path, night, users)
        ingest(tmp_path / "store", table(), tmp_path)
    orders(tmp_path, 4, "de")
    grown = ingest(tmp_path / "store", table(), tmp_path)
    assert grown.n_files_before == 3
    assert grown.same_as(ingest(tmp_path / "fresh", table(), tmp_path))


def flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    file.write_bytes(raw)


UNFIT = {
    "manifest": (lambda folder: (folder / "manifest.json").write_text("[]"), None),
    "size": (lambda folder: (folder / "items.parquet").write_bytes(b""), "items.parquet)"),
    "content": (lambda folder: flip(folder / "interactions.parquet"), "interactions.parquet)"),
    "gone": (lambda folder: (folder / "bookmark.json").unlink(), "bookmark.json)"),
    "bookmark": (lambda folder: (folder / "bookmark.json").write_text("{}"), "bookmark.json)"),
}


@pytest.mark.parametrize(("spoil", "why"), UNFIT.values(), ids=UNFIT)
def test_a_damaged_dump_does_not_prevent_another(
    spoil: Callable[[Path], object], why: str | None, tmp_path: Path
) -> None:
    made: list[Ingested] = []
    for night in (1, 2):
        orders(tmp_path, night, "ab")
        made.append(ingest(tmp_path / "store", table(), tmp_path))
    spoil(made[1].artifact.path)
    orders(tmp_path, 3, "ab")
    grown = ingest(tmp_path / "store", table(), tmp_path)
    assert grown.n_files_before == 1
    assert grown.same_as(ingest(tmp_path / "fresh", table(), tmp_path))
    shutil.rmtree(grown.artifact.path)
    shutil.rmtree(made[0].artifact.path)
    earlier = ingest(tmp_path / "store", table(), tmp_path).earlier
    assert earlier is None if why is None else str(earlier).endswith(why)


def test_a_dump_of_another_form_of_bookmark_is_read_anew(tmp_path: Path) -> None:
    orders(tmp_path, 1, "ab")
    old = ingest(tmp_path / "store", table(), tmp_path).artifact.path
    manifest = json.loads((old / "manifest.json").read_text())
    del manifest["files"]["bookmark.json"], manifest["digest"]
    manifest["digest"] = digest_of(manifest)
    (old / "manifest.json").write_text(json.dumps(manifest))
    (old / "bookmark.json").unlink()
    orders(tmp_path, 2, "ab")
    assert reason(tmp_path, table(), tmp_path).endswith("bookmark.json)")


@pytest.mark.parametrize("place", ["ingest", "write_quality", "write_bookmark"])
def test_a_kill_leaves_nothing_half_made(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders(tmp_path, 1, "ab")
    ingest(tmp_path / "store", table(), tmp_path)
    orders(tmp_path, 2, "ab")
    with monkeypatch.context() as patch:
        patch.setattr(dump_module, place, Mock(side_effect=KeyboardInterrupt))
        # A killed process cleans nothing up.
        patch.setattr(store_module, "discard", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            ingest(tmp_path / "store", table(), tmp_path)
    assert len(list((tmp_path / "store" / ".making").iterdir())) == 1
    assert len(list((tmp_path / "store" / "dump").iterdir())) == 1
    grown = ingest(tmp_path / "store", table(), tmp_path)
    assert isinstance(grown.earlier, Earlier)
    assert grown.same_as(ingest(tmp_path / "fresh", table(), tmp_path))


def test_a_file_that_is_written_to_meanwhile_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders(tmp_path, 1, "ab")
    real = dump_module.find_earlier

    def meanwhile(*arguments: object) -> object:
        orders(tmp_path, 1, "abc")
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(dump_module, "find_earlier", meanwhile)
        with pytest.raises(DataError, match="changed while it was read"):
            ingest(tmp_path / "store", table(), tmp_path)
    assert list((tmp_path / "store").glob("dump/*")) == []
    assert ingest(tmp_path / "store", table(), tmp_path).artifact.facts["interactions"] == 3


def test_the_real_gift_cards_in_three_nights(tmp_path: Path) -> None:
    reviews = shared_data("amazon_2018", "Gift_Cards_5.json.gz").read_bytes()
    lines = gzip.decompress(reviews).splitlines(keepends=True)
    columns = {"user": "reviewerID", "item": "asin", "time": "unixReviewTime", "value": "overall"}
    config = Config.model_validate({"events": {"file": "cards-*.json.gz"} | columns, "duplicates": "exact"})
    for night, (a, b) in enumerate([(0, 1_200), (1_200, 2_500), (2_500, len(lines))]):
        (tmp_path / f"cards-{night}.json.gz").write_bytes(gzip.compress(b"".join(lines[a:b])))
        grown = ingest(tmp_path / "store", config, tmp_path)
    assert grown.n_files_before == 2
    assert grown.artifact.facts["interactions"] == 2_969
    assert grown.same_as(ingest(tmp_path / "fresh", config, tmp_path))


def test_an_inspection_tells_what_an_ingest_would_and_leaves_nothing(tmp_path: Path) -> None:
    data, root = tmp_path / "data", tmp_path / "store"
    data.mkdir()
    orders(data, 1, "a b")
    read = inspect(Store(root), table(), data, 1_000)
    assert not root.exists()
    stored = ingest(root, table(), data)
    assert read == read_quality(stored.artifact.path)


def test_an_inspection_opens_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, root = tmp_path / "data", tmp_path / "store"
    data.mkdir()
    orders(data, 1, "a b")
    stored = ingest(root, table(), data)
    opened = watch_files(monkeypatch)
    assert inspect(Store(root), table(), data, 1_000) == read_quality(stored.artifact.path)
    assert opened == []
