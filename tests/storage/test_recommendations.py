"""Lists for all users: written part by part, complete or not there, and found again."""

import json
from pathlib import Path

import polars as pl
import pytest

from storage.recommendations import Recommendations

HISTORIES = pl.DataFrame({"user_id": ["u0"], "history": [0]})


@pytest.fixture
def items(tmp_path: Path) -> Path:
    file = tmp_path / "package-items.parquet"
    pl.DataFrame({"item_id": ["x"]}).write_parquet(file)
    return file


def test_an_interrupted_scoring_goes_on_with_the_missing_part(tmp_path: Path, items: Path) -> None:
    made = []

    def part(number: int) -> pl.DataFrame:
        if number == 2 and len(made) == 2:
            raise KeyboardInterrupt
        made.append(number)
        return pl.DataFrame({"user_id": [f"u{number}"], "rank": [1]})

    lists = Recommendations(tmp_path / "lists", "shop")
    with pytest.raises(KeyboardInterrupt):
        lists.write("key", 4, part, lambda: {"k": 1}, items, HISTORIES)
    assert lists.last() is None
    made.append(-1)
    folder = lists.write("key", 4, part, lambda: {"k": 1}, items, HISTORIES)
    assert made == [0, 1, -1, 2, 3]
    assert pl.read_parquet(folder / "part-*.parquet")["user_id"].to_list() == ["u0", "u1", "u2", "u3"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["k"], manifest["n_rows"], len(manifest["files"])) == (1, 4, 6)
    assert lists.last() == folder
    assert not list((tmp_path / "lists" / "shop").glob(".key*"))


@pytest.mark.parametrize("damage", ["a flipped bit", "a missing part", "a torn manifest"])
def test_damaged_lists_are_made_again(
    tmp_path: Path, items: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    lists = Recommendations(tmp_path / "lists", "shop")

    def part(number: int) -> pl.DataFrame:
        return pl.DataFrame({"user_id": [f"u{number}"], "rank": [1]})

    folder = lists.write("key", 2, part, dict, items, HISTORIES)
    file = folder / ("manifest.json" if damage == "a torn manifest" else "part-00001.parquet")
    content = bytearray(file.read_bytes())
    content[40] ^= 1
    if damage == "a missing part":
        file.unlink()
    else:
        file.write_bytes(content[:60] if damage == "a torn manifest" else content)
    again = lists.write("key", 2, part, dict, items, HISTORIES)
    assert pl.read_parquet(again / "part-*.parquet")["user_id"].to_list() == ["u0", "u1"]
    assert "made again" in caplog.text
    assert lists.last() == again


def test_the_last_one_is_the_latest_and_the_old_one_stays(tmp_path: Path, items: Path) -> None:
    lists = Recommendations(tmp_path, "shop")

    def part(number: int) -> pl.DataFrame:
        return pl.DataFrame({"user_id": [f"u{number}"], "rank": [1]})

    first = lists.write("one", 1, part, dict, items, HISTORIES)
    second = lists.write("two", 1, part, dict, items, HISTORIES)
    assert lists.last() == second != first
    assert first.is_dir()
    assert lists.write("one", 1, part, dict, items, HISTORIES) == first
    assert lists.last() == first
