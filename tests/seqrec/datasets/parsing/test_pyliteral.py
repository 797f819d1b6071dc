from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing import pyliteral as module
from seqrec.datasets.parsing.lines import LINE
from seqrec.datasets.parsing.pyliteral import read_literal_lines
from tests.seqrec.datasets.files import places, write

FIELDS = {"asin": pl.String(), "title": pl.String(), "categories": pl.List(pl.List(pl.String()))}


def read(path: Path, rejects: Rejects) -> pl.DataFrame:
    return pl.concat(list(read_literal_lines(path, FIELDS, rejects)))


def test_reads_what_python_writes(tmp_path: Path) -> None:
    records = [
        {
            "asin": "A",
            "title": 'It\'s "so" good',
            "categories": [["Beauty", "Nails"], ["Home"]],
            "price": 3.5,
        },
        {"asin": "B", "salesRank": {"Beauty": 7}, "title": None},
        {"asin": 7, "title": "tab\there \\ é"},
    ]
    path = write(tmp_path / "meta.json.gz", "\n".join(map(repr, records)))
    rejects = Rejects()
    assert read(path, rejects).rows() == [
        (1, "A", 'It\'s "so" good', [["Beauty", "Nails"], ["Home"]]),
        (2, "B", None, None),
        (3, "7", "tab\there \\ é", None),
    ]
    assert rejects.count == 0


def test_nothing_is_executed(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    good = "{'asin': 'A'}"
    path = write(tmp_path / "meta.json", f"{good}\n{{'asin': open({str(trap)!r}, 'w')}}\n")
    rejects = Rejects()
    assert read(path, rejects).height == 1
    assert places(rejects) == [(2, "not a Python literal")]
    assert not trap.exists()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{'asin': 'B'", "not a Python literal"),
        (b"{'asin': 'B', [1]: 2}", "not a Python literal"),
        (b"(" * 5000, "not a Python literal"),
        (b"{'asin': 'a\0b'}", "not a Python literal"),
        (b"['asin']", "not an object"),
        (b"{'asin': 'B\xff'}", "not UTF-8"),
        (b"{'asin': ['B']}", "asin has the wrong type"),
        (b"{'asin': 'B', 'categories': ['x']}", "categories has the wrong type"),
        (b"{'asin': 'B', 'title': b'x'}", "title has the wrong type"),
    ],
)
def test_a_bad_line_is_set_aside(tmp_path: Path, bad: bytes, reason: str) -> None:
    path = write(tmp_path / "meta.json", b"{'asin': 'A'}\n\n" + bad + b"\r\n{'asin': 'C'}")
    rejects = Rejects()
    assert read(path, rejects)[LINE].to_list() == [1, 4]
    assert places(rejects) == [(3, reason)]


def test_a_backslash_that_escapes_nothing_is_fine(tmp_path: Path) -> None:
    path = write(tmp_path / "meta.json", r"{'asin': 'A', 'title': '\d'}")
    assert read(path, Rejects())["title"].to_list() == ["\\d"]


@pytest.mark.parametrize(("chunk_lines", "block_bytes"), [(7, 1 << 20), (1_000, 100)])
def test_however_the_lines_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_lines: int, block_bytes: int
) -> None:
    # Every second line has an escape, so that it is not read as JSON.
    lines = [repr({"asin": f"A{i}", "title": "it's " + '"so"' * (i % 2)}) for i in range(60)]
    lines[33] = "{"
    path = write(tmp_path / "meta.json", "\n".join(lines))
    monkeypatch.setattr(module, "CHUNK_LINES", chunk_lines)
    rejects = Rejects()
    frames = list(read_literal_lines(path, FIELDS, rejects, block_bytes))
    assert pl.concat(frames)[LINE].to_list() == [*range(1, 34), *range(35, 61)]
    assert pl.concat(frames)["asin"].to_list() == [f"A{i}" for i in range(60) if i != 33]
    assert places(rejects) == [(34, "not a Python literal")]


@pytest.mark.parametrize("bad", ["'related': {'a': b}", "'related': ['a' 'b'", "'related': '\\x4'"])
def test_what_is_not_wanted_is_judged_too(tmp_path: Path, bad: str) -> None:
    path = write(tmp_path / "meta.json", f"{{'asin': 'A'}}\n{{'asin': 'B', {bad}}}\n")
    rejects = Rejects()
    assert read(path, rejects)["asin"].to_list() == ["A"]
    assert places(rejects) == [(2, "not a Python literal")]
