import zipfile
from pathlib import Path

import pytest

from seqrec.datasets.find_files import locate, locate_all
from seqrec.errors import DataError


def test_most_wanted_first(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("x")
    assert locate(tmp_path, ("a", "b")).name == "b"
    (tmp_path / "a").write_text("x")
    assert locate(tmp_path, ("a", "b")).name == "a"


@pytest.mark.parametrize("ending", [".zst", ".bz2", ".xz", ".zip", ".gz"])
def test_a_file_may_be_compressed_in_any_way(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"b.json{ending}").write_text("x")
    assert locate(tmp_path, ("a.json.gz", "b.json.gz", "b.json")).name == f"b.json{ending}"


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


def names(folder: Path, pattern: str) -> list[str]:
    return [path.name for path in locate_all(folder, pattern, "Look again.")]


def test_files_that_fit_a_pattern_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("o-2.csv", "o-10.csv", "o-1.csv", ".o-3.csv", "o-4.json", "x"):
        (tmp_path / name).write_text("x")
    (tmp_path / "o-5.csv").mkdir()
    assert names(tmp_path, "o-*.csv") == ["o-1.csv", "o-10.csv", "o-2.csv"]
    assert names(tmp_path, "o-?.csv") == ["o-1.csv", "o-2.csv"]
    assert names(tmp_path, "o-[23].csv") == ["o-2.csv"]
    assert names(tmp_path.parent, f"{tmp_path.name}/o-*.json") == ["o-4.json"]


def test_a_name_that_is_there_is_no_pattern(tmp_path: Path) -> None:
    for name in ("o[1].csv", "o1.csv"):
        (tmp_path / name).write_text("x")
    assert names(tmp_path, "o[1].csv") == ["o[1].csv"]


def test_nothing_that_fits_and_something_empty(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        names(tmp_path / "nowhere", "*.csv")
    assert caught.value.got == "no such folder"
    (tmp_path / "b.csv").touch()
    with pytest.raises(DataError) as caught:
        names(tmp_path, "*.parquet")
    assert (caught.value.expected, caught.value.remedy) == ("*.parquet", "Look again.")
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(DataError) as caught:
        names(tmp_path, "b.csv")
    assert caught.value.subject == str(tmp_path / "b.csv")
    assert names(tmp_path, "*.csv") == ["a.csv", "b.csv"]
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(DataError, match="an empty file"):
        names(tmp_path, "*.csv")


def test_patterns_over_folders(tmp_path: Path) -> None:
    for name in ("b/m=2/x.csv", "b/m=1/x.csv", "b/m=1/_SUCCESS", "b/m=1/.x.csv.crc", "b/_temporary/x.csv", "c/x.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    for pattern in ("b/m=*/*", "b/**/*", "b/*/x.csv"):
        found = [path.relative_to(tmp_path).as_posix() for path in locate_all(tmp_path, pattern, "")]
        assert found == ["b/m=1/x.csv", "b/m=2/x.csv"]
    with pytest.raises(DataError) as caught:
        locate_all(tmp_path, "b/m=1", "Look again.")
    assert "such as b/m=1/*.csv" in caught.value.remedy


def test_a_member_of_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("folder/x.csv", "x")
    assert locate(tmp_path, ("a.zip/folder/x.csv",)) == tmp_path / "a.zip" / "folder" / "x.csv"


@pytest.mark.parametrize("pattern", ["**.csv", "***", "a\0*"], ids=["stars", "only stars", "zero"])
def test_what_is_no_pattern_fits_nothing(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(DataError) as caught:
        names(tmp_path, pattern)
    assert (caught.value.expected, caught.value.remedy) == (pattern, "Look again.")
