"""Bookmarks on disk."""

from pathlib import Path

import pytest

from seqrec.errors import StorageError
from seqrec.ingest.growth import Bookmark, FileState
from seqrec.ingest.step import Totals
from storage.files.bookmark import BOOKMARK, read_bookmark, write_bookmark

EVENTS, NOTHING = Totals(9, 0, {"no user": 2}, 2, {}, has_times=True), Totals(0, 4, {}, 0, {}, has_times=True)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    bookmark = Bookmark((FileState("a.csv", "f00"),), (FileState("items.csv", "ba7"),), EVENTS, NOTHING, NOTHING)
    write_bookmark(tmp_path, bookmark)
    assert read_bookmark(tmp_path) == bookmark


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"event_files": 1}'])
def test_a_damaged_bookmark(tmp_path: Path, text: str) -> None:
    (tmp_path / BOOKMARK).write_text(text)
    with pytest.raises(StorageError) as caught:
        read_bookmark(tmp_path)
    assert caught.value.subject == str(tmp_path / BOOKMARK)
