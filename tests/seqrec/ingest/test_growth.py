"""Dumps that an ingest may or may not continue, by hand; `test_ingest.py` checks the resulting tables."""

import os
from pathlib import Path

import pytest

from seqrec.datasets.table import Catalogue, Config, Events
from seqrec.errors import DataError
from seqrec.ingest.growth import Bookmark, DumpFiles, FileState, look_at, obstacle
from seqrec.ingest.step import Totals
from tests.seqrec.datasets.dumps import demo, yelp_tar

NOTHING = Totals(0, 0, {}, 0, {}, has_times=True)
CONFIG = Config(events=Events(file="*.csv"), catalogue=Catalogue(file="items.txt"))


def lay_out(folder: Path, **texts: str) -> DumpFiles:
    """Write a dump of these CSV files of interactions, and of one file of items."""
    for old in folder.glob("*.csv"):
        old.unlink()
    (folder / "items.txt").write_text("item_id\nx\n")
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return look_at(CONFIG, folder)


def test_files_as_they_are_now(tmp_path: Path) -> None:
    files = lay_out(tmp_path, b="12", a="345")
    assert files.event_paths == (tmp_path / "a.csv", tmp_path / "b.csv")
    assert files.item_paths == (tmp_path / "items.txt",)
    assert [file.name for file in (*files.events, *files.others)] == ["a.csv", "b.csv", "items.txt"]
    assert files.digests == [file.digest for file in (*files.events, *files.others)]
    again = lay_out(tmp_path, b="12", a="346")
    assert [old == new for old, new in zip(files.digests, again.digests, strict=True)] == [False, True, True]


def test_an_archive_is_compared_instead_of_its_members(tmp_path: Path) -> None:
    files = look_at(yelp_tar.write(tmp_path), tmp_path)
    assert [path.name for path in (*files.event_paths, *files.item_paths)] == [
        "yelp_academic_dataset_review.json",
        "yelp_academic_dataset_business.json",
    ]
    assert [file.name for file in files.events] == ["yelp_dataset.tar"]
    assert files.others == ()


def test_what_is_generated_has_no_files(tmp_path: Path) -> None:
    files = look_at(demo.write(tmp_path), tmp_path)
    assert (files.digests, len(files.event_paths), len(files.item_paths)) == ([], 1, 1)


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ({"a": "1", "b": "2", "c": "3"}, None),
        ({"a": "1", "b": "2", "c": "3", "d": "4"}, None),
        ({"a": "1", "b": "2"}, "no file of interactions is new"),
        ({"a": "1"}, "b.csv is gone"),
        ({"b": "2", "c": "1"}, "a.csv is gone"),
        ({"_": "1", "a": "1", "b": "2"}, "_.csv is new and comes before a.csv"),
        ({"a": "1", "aa": "1", "b": "2"}, "aa.csv is new and comes before b.csv"),
        ({"a": "1", "b": "2\n3", "c": "4"}, "b.csv has changed"),
        ({"a": "2", "b": "1", "c": "4"}, "a.csv has changed"),
    ],
)
def test_obstacles(now: dict[str, str], why: str | None, tmp_path: Path) -> None:
    files = lay_out(tmp_path, a="1", b="2")
    bookmark = Bookmark(files.events, files.others, NOTHING, NOTHING, NOTHING)
    assert obstacle(bookmark, lay_out(tmp_path, **now)) == why


def test_what_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    files = lay_out(tmp_path, a="1", b="2")
    files.check_unchanged()
    os.utime(tmp_path / "b.csv", ns=(1, 1))
    with pytest.raises(DataError, match="changed while it was read") as caught:
        files.check_unchanged()
    assert caught.value.subject == str(tmp_path / "b.csv")


def test_a_bookmark_as_json_and_back() -> None:
    bookmark = Bookmark(
        (FileState("a.csv", "f00"),),
        (FileState("b", "ba7"),),
        Totals(9, 1, {"no user": 2}, 2, {}, has_times=True),
        NOTHING,
        NOTHING,
    )
    assert Bookmark.from_json(bookmark.to_json()) == bookmark
