from pathlib import Path

import pytest

from seqrec.datasets.locate import locate
from seqrec.errors import DataError


def test_most_wanted_first(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("x")
    assert locate(tmp_path, ("a", "b")).name == "b"
    (tmp_path / "a").write_text("x")
    assert locate(tmp_path, ("a", "b")).name == "a"


def test_missing_names_what_was_wanted_and_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("x")
    (tmp_path / "sub").mkdir()
    with pytest.raises(DataError) as caught:
        locate(tmp_path, ("a.json", "a.json.gz"))
    assert caught.value.subject == str(tmp_path)
    assert caught.value.expected == "a.json or a.json.gz"
    assert "c.json, sub/" in caught.value.got
    assert "--data" in caught.value.remedy


@pytest.mark.parametrize(("make", "got"), [(False, "no such folder"), (True, "an empty folder")])
def test_no_folder_or_nothing_in_it(tmp_path: Path, make: bool, got: str) -> None:
    folder = tmp_path / "data"
    if make:
        folder.mkdir()
    with pytest.raises(DataError) as caught:
        locate(folder, ("a",))
    assert caught.value.got == got


def test_long_listings_are_cut(tmp_path: Path) -> None:
    for i in range(20):
        (tmp_path / f"f{i:02}").touch()
    with pytest.raises(DataError, match="f11 and 8 more"):
        locate(tmp_path, ("a",))


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(DataError, match="an empty file"):
        locate(tmp_path, ("a",))
