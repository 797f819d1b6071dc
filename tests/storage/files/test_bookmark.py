"""Bookmarks on disk."""

from pathlib import Path

import pytest

from seqrec.datasets.bookmark import Bookmark, Stamp
from seqrec.datasets.counters import Account, FileTally
from seqrec.errors import StorageError
from storage.files.bookmark import BOOKMARK, read_bookmark, write_bookmark

EVENTS = Account({"a.csv": FileTally(9, 2, 3, "no user", 11, is_open=True, time_unit="ms")}, {"no user": 2}, {}, 2)
NOTHING = Account({}, {}, {"cleaned titles": 4}, 0)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    bookmark = Bookmark((Stamp("a.csv", 90, "f00"),), ("ba7",), EVENTS, NOTHING, NOTHING)
    write_bookmark(tmp_path, bookmark)
    assert read_bookmark(tmp_path) == bookmark


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"stamps": 1}'])
def test_a_damaged_bookmark(tmp_path: Path, text: str) -> None:
    (tmp_path / BOOKMARK).write_text(text)
    with pytest.raises(StorageError) as caught:
        read_bookmark(tmp_path)
    assert caught.value.subject == str(tmp_path / BOOKMARK)
