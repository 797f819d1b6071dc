"""Atomic writes, and the errors of disks that can't be written."""

import errno
from pathlib import Path

import polars as pl
import pytest

from seqrec.errors import StorageError
from storage.atomic_write import atomic_write, check_room, writing


def test_a_file_appears_whole(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "new" / "a.txt") as hidden:
        hidden.write_text("whole")
        assert not (tmp_path / "new" / "a.txt").exists()
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["a.txt"]
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")

    def fail() -> None:
        with atomic_write(path) as hidden:
            hidden.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_names_the_folder_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No space left") as caught, writing(tmp_path):
        Path("/dev/full").write_text("too much")
    assert caught.value.subject == str(tmp_path)
    assert "SEQREC_DATA_ROOT" in caught.value.remedy


def test_a_full_disk_is_recognised_in_the_words_of_polars(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No space left"), writing(tmp_path):
        pl.DataFrame({"a": [1]}).write_parquet("/dev/full")


def test_a_read_only_disk_is_as_bad_as_a_full_one(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="Read-only"), writing(tmp_path):
        raise OSError(errno.EROFS, "Read-only file system")


def test_a_missing_file_elsewhere_is_not_our_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writing(tmp_path / "root"):
        (tmp_path / "dump.json").read_text()


def test_a_disk_without_room_is_seen_before_it_is_full(tmp_path: Path) -> None:
    check_room(tmp_path, 0)
    with pytest.raises(StorageError, match="are needed") as caught:
        check_room(tmp_path, 1 << 62)
    assert caught.value.subject == str(tmp_path)
