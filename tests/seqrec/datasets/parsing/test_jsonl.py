import gzip
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqrec.datasets.errors import LINE, RejectLog
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.parsing.rows import CONVERTED, UNREAD
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from tests.seqrec.datasets.files import places, write

FIELDS = {"u": pl.String(), "t": pl.Int64(), "v": pl.Float64(), "c": pl.List(pl.List(pl.String()))}
GOOD = '{"u":"a","t":1}'


def read(path: Path, rejects: RejectLog, block_bytes: int = 1 << 20) -> list[tuple[object, ...]]:
    frames = list(read_json_lines(Reading(path, rejects), FIELDS, block_bytes))
    return [(row[LINE], row["u"], row["t"]) for frame in frames for row in frame.iter_rows(named=True)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"u":"b","t":', "not JSON"),
        (b'{"u":"b"} {"u":"c"}', "not JSON"),
        (b'{"u":"b"},', "not JSON"),
        (b'{"u":"b\tc"}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'["u","b"]', "not an object"),
        (b"null", "not an object"),
        (b"5", "not an object"),
        (b'{"u":"b\xff","t":1}', "not UTF-8"),
    ],
)
def test_a_bad_line_is_set_aside_and_the_rest_is_read(tmp_path: Path, bad: bytes, reason: str) -> None:
    path = write(tmp_path / "a.json", GOOD.encode() + b"\n" + bad + b"\n\n" + GOOD.encode())
    rejects = RejectLog()
    assert read(path, rejects) == [(1, "a", 1), (4, "a", 1)]
    assert places(rejects) == [(2, reason)]
    assert rejects.rows[0][3] == bad.decode(errors="replace")[:200]


@pytest.mark.parametrize(
    ("odd", "field", "value"),
    [
        ('{"u":["b"]}', "u", None),
        ('{"u":{"x":1}}', "u", None),
        ('{"u":true}', "u", None),
        ('{"u":"\\ud800"}', "u", None),
        ('{"u":NaN}', "u", None),
        ('{"t":"1"}', "t", 1),
        ('{"t":1.0}', "t", 1),
        ('{"t":1.6}', "t", 2),
        ('{"t":"9007199254740993"}', "t", 9_007_199_254_740_993),
        ('{"t":"soon"}', "t", None),
        ('{"t":true}', "t", None),
        ('{"t":Infinity}', "t", None),
        ('{"t":99999999999999999999}', "t", None),
        ('{"v":"1.5"}', "v", 1.5),
        ('{"v":"many"}', "v", None),
        ('{"v":[1]}', "v", None),
        ('{"v":NaN}', "v", None),
        ('{"v":1e999}', "v", None),
        ('{"c":["x"]}', "c", [["x"]]),
        ('{"c":"x"}', "c", [["x"]]),
        ('{"c":[["x",null,true],["y"]]}', "c", [["x"], ["y"]]),
        ('{"c":{"x":1}}', "c", None),
    ],
)
def test_a_value_of_another_type_costs_no_row(tmp_path: Path, odd: str, field: str, value: object) -> None:
    reading = Reading(write(tmp_path / "a.json", f"{GOOD}\n{odd}\n{GOOD}"))
    rows = pl.concat(read_json_lines(reading, FIELDS))
    assert (rows.height, rows[field].to_list()[1], reading.log.count) == (3, value, 0)
    assert dict(reading.notes) == {f"{field}: {UNREAD if value is None else CONVERTED}": 1}


def test_nan_in_a_field_that_nobody_asks_for_is_fine(tmp_path: Path) -> None:
    rejects = RejectLog()
    assert read(write(tmp_path / "a.json", '{"u":"a","t":1,"x":NaN}'), rejects) == [(1, "a", 1)]
    assert rejects.count == 0


def test_what_is_packed_inside_of_a_file_is_not_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(GOOD.encode()).replace(b"\n", b" ")
    rejects = RejectLog()
    assert read(write(tmp_path / "a.json", GOOD.encode() + b"\n" + packed), rejects, block_bytes=1) == [(1, "a", 1)]
    assert places(rejects) == [(2, "not UTF-8")]


@pytest.mark.parametrize(
    ("line", "user"),
    [
        ('{"u":7}', "7"),
        ('{"u":"[x]"}', "[x]"),
        ('{"u":"true"}', "true"),
        ('{"u":"\\u0000"}', "\0"),
        ('{"u":"\\ud83d\\ude00"}', "😀"),
        ('{"u":null}', None),
        ('{"t":null}', None),
        ("{}", None),
        ('  {"u":"b","other":[1,{}]}  ', "b"),
    ],
)
def test_unusual_but_good(tmp_path: Path, line: str, user: str | None) -> None:
    rejects = RejectLog()
    rows = read(write(tmp_path / "a.json", line + "\n"), rejects)
    assert [row[1] for row in rows] == [user]
    assert rejects.count == 0


@pytest.mark.parametrize(
    "text", [f"{GOOD}\n{GOOD}", f"{GOOD}\r\n{GOOD}\r\n", f"\ufeff{GOOD}\n{GOOD}\n", f"{GOOD}\n{GOOD}\n\n \n"]
)
@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_line_ends_and_marks(tmp_path: Path, text: str, name: str) -> None:
    rejects = RejectLog()
    assert read(write(tmp_path / name, text), rejects) == [(1, "a", 1), (2, "a", 1)]
    assert rejects.count == 0


def test_only_blocks_with_trouble_are_gone_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqrec.datasets.parsing import jsonl as module

    seen: list[int] = []
    original = module.read_rows

    def spy(lines, *more: object) -> pl.DataFrame:
        lines = list(lines)
        seen.append(lines[0][0])
        return original(lines, *more)

    monkeypatch.setattr(module, "read_rows", spy)
    monkeypatch.setattr("seqrec.datasets.parsing.blocks._CHUNK_BYTES", 160)
    lines = [GOOD] * 100
    lines[42] = "{"
    rejects = RejectLog()
    rows = read(write(tmp_path / "a.json", "\n".join(lines)), rejects, block_bytes=160)
    assert len(rows) == 99
    assert places(rejects) == [(43, "not JSON")]
    assert len(seen) == 1
    assert 43 - 20 < seen[0] <= 43


def test_too_many_bad_lines_stop(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", f"{GOOD}\n" * 50 + "{\n" * 101)
    with pytest.raises(DataError, match="101 bad of 151 read, the first at line 51"):
        read(path, RejectLog())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("utvc"), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from("utvcx"), VALUES, max_size=5)
LINES = st.one_of(
    OBJECTS.map(lambda value: json.dumps(value).encode()),
    OBJECTS.map(lambda value: json.dumps(value).encode()[:-3]),
    VALUES.map(lambda value: json.dumps(value, ensure_ascii=True).encode()),
    st.binary(max_size=12),
    st.just(GOOD.encode()),
)


@given(
    lines=st.lists(LINES.map(lambda line: line.replace(b"\n", b" ")), max_size=20),
    block_bytes=st.integers(1, 300),
)
@example(lines=[b"\x1f\x8b", GOOD.encode()], block_bytes=1)
def test_every_line_is_kept_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], block_bytes: int
) -> None:
    lines = [GOOD.encode(), *lines]
    path = write(tmp_path_factory.mktemp("json") / "a.json", b"\n".join(lines))
    rejects = RejectLog()
    kept = [row[0] for row in read(path, rejects, block_bytes)]
    aside = [line for line, _ in places(rejects)]
    filled = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert sorted(kept + aside) == filled


@given(values=st.lists(st.tuples(st.text(max_size=6), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=20))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, values: list[tuple[str, int]]) -> None:
    text = "\n".join(json.dumps({"u": u, "t": t}, ensure_ascii=False) for u, t in values)
    path = write(tmp_path_factory.mktemp("json") / "a.json.gz", text)
    assert [row[1:] for row in read(path, RejectLog())] == values
