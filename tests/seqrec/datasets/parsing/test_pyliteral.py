"""A line that is read as JSON has the same values as in Python; every other line is left to Python."""

import ast
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqrec.datasets.errors import LINE, RejectLog
from seqrec.datasets.parsing.blocks import Block
from seqrec.datasets.parsing.pyliteral import read_as_json, read_literal_lines
from seqrec.datasets.parsing.rows import CONVERTED, UNREAD, row_reader
from seqrec.datasets.reading import Reading
from tests.seqrec.datasets.files import places, write

FIELDS = {
    "asin": pl.String(),
    "title": pl.String(),
    "hours": pl.Float64(),
    "day": pl.Int64(),
    "categories": pl.List(pl.List(pl.String())),
}
NAMES = st.sampled_from([*FIELDS, "related", "", "it's", 'a "b"'])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.text(alphabet="'\"\\nux{N}[], \r\t\0é", max_size=8)
)
TEXT_LISTS = st.lists(st.lists(st.text("ab'\"é1.", max_size=5), max_size=3), max_size=3)
VALUES = st.recursive(
    SCALARS | TEXT_LISTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=5)
CHANGES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 3),
        st.text(alphabet="'\"\\{}[]:, \t\r\0\fabfnrtuvxNU01789eE.+-_#()éNone", max_size=4)
        | st.sampled_from(
            ["true", "null", "None", "'asin': 1, ", "'title': 'x', ", "u'", "'hours': ", "\\u2665", "\\ud83d"]
        ),
    ),
    max_size=3,
)

# Python warns of an invalid escape whenever it reads one, here and in the parser.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")


def as_json(*lines: str) -> tuple[list[tuple[object, ...]], list[int]]:
    """Return the rows of lines that were read as JSON, and the numbers of the other lines."""
    frame, others = read_as_json(Block("\n".join(lines).encode()), FIELDS)
    assert [text.decode() for _, text in others] == [lines[number - 1].removesuffix("\r") for number, _ in others]
    return sorted(frame.rows()), [number for number, _ in others]


def evaluated(text: str) -> tuple[object, ...]:
    return row_reader(FIELDS, lambda *_: None)(ast.literal_eval(text))


def python_two(record: dict[str, object]) -> str:
    """Return the record as Python 2 wrote it."""
    return repr(record).encode("unicode_escape").decode().replace("\\\\", "\\").replace("'", "u'", 1)


@pytest.mark.parametrize(
    "text",
    [
        "{'asin': 'A', 'price': 9.99}",
        "{'asin': 'A', 'title': \"it's\"}",
        "{\"title\": \"it's\", 'asin': 'A'}\r",
        "{'categories': [['x', \"y's\"], []], 'salesRank': {'a': 1}}",
        "{'related': {'title': 'no', 'bought': ['a', 'b']}}",
        "{'title': 'to be true, None', 'asin': '007'}",
        "{'asin': ''}",
        "{ 'price':1 }",
        "{u'asin': u'A', u'title': u'menu', u'hours': 0.1}",
        "{'asin': 'it\\'s \"so\"', 'title': \"a\\\\'\\t\\x41\\u2665\"}",
        "{'asin': None, 'verified': True, 'early': False, 'hours': 12, 'day': -7}",
        "{u'asin': u'\\u2605 Mo \\u2605', u'text': u'It\\'s \\u2665 \"good\"', u'hours': 1e-07}",
        "{}",
    ],
)
def test_what_is_read_as_json(text: str) -> None:
    assert as_json(text) == ([(1, *evaluated(text.removesuffix("\r")))], [])


@pytest.mark.parametrize(
    "text",
    [
        "{'asin': 'A'",
        "{'asin': 'a\tb'}",
        "{'asin': 7}",
        "{'asin': 'A', 'asin': 'B'}",
        "{'asin': 'A', 'asin': 1}",
        "{'title': 'A', 'related': {'title': 'B'}}",
        "{'asin': 'title', 'title': 'A'}",
        "{'asin': 'A', 'verified': true}",
        "{'asin': 'A', 'verified':  null}",
        "{'categories': [['x', 1.0]]}",
        "{'categories': [[['x']]]}",
        "{'categories': ['x']}",
        "{'asin': '\\d'}",
        "{'asin': '\\N{BULLET}'}",
        "{'asin': '\\ud83d\\ude00'}",
        "{'related': '\\x4'}",
        "{'related': Nonesuch}",
        "{'related': open('x')}",
        "{'asin': '''A'''}",
        "{'asin': 'A' 'B'}",
        "{'asin': b'A'}",
        "{'hours': 1e999}",
        "{'hours': 'x'}",
        "{'day': 1.5}",
        "{'day': 01}",
        "{'day': 1_000}",
        "('asin', 'A')",
        "['asin']",
        "true",
    ],
)
def test_what_is_left_to_python(text: str) -> None:
    assert as_json(text) == ([], [1])


def test_lines_are_distinguished() -> None:
    lines = ["{'asin': 'A'}", "", "{'asin': '\\d'}", "{'asin': \"it's\"}\r", " \r", "{'asin': 7}", "{'asin': 'B'}"]
    rows, others = as_json(*lines)
    assert [row[:2] for row in rows] == [(1, "A"), (4, "it's"), (7, "B")]
    assert others == [3, 6]


@pytest.mark.parametrize(
    "odd", ["{'asin': '[sold out]'}", "{'title': 'true'}", "{'asin': 7}", "{'categories': [['x', '2000']]}"]
)
def test_an_odd_line_is_left_to_python_alone(odd: str) -> None:
    rows, others = as_json("{'asin': 'A'}", odd, "{'asin': 'C'}")
    assert ([number for number, *_ in rows], others) == ([1, 3], [2])


def test_what_json_does_not_read_costs_the_few_lines_around_it() -> None:
    lines = ["{'asin': 'A'}"] * 1000
    lines[700] = "{'asin': 'B',}"
    rows, others = as_json(*lines)
    assert 701 in others
    assert len(others) <= 128
    assert sorted([*(number for number, *_ in rows), *others]) == list(range(1, 1001))


def test_what_is_not_utf8_is_left_to_python() -> None:
    frame, others = read_as_json(Block(b"{'asin': 'A'}\n{'asin': '\xff'}\n", 3), FIELDS)
    assert frame.is_empty()
    assert others == [(3, b"{'asin': 'A'}"), (4, b"{'asin': '\xff'}")]


@given(
    records=st.lists(RECORDS.map(repr) | RECORDS.map(python_two), min_size=1, max_size=4),
    line_end=st.sampled_from(["", "\r"]),
)
def test_what_python_writes(records: list[str], line_end: str) -> None:
    records = [record.replace("\n", " ") for record in records]
    rows, others = as_json(*(record + line_end for record in records))
    assert sorted([*(number for number, *_ in rows), *others]) == list(range(1, len(records) + 1))
    for number, *row in rows:
        assert tuple(row) == evaluated(records[number - 1])


@given(record=RECORDS.map(repr), changes=CHANGES)
@example(record="{'asin': 'A', 'title': 'B'}", changes=[(0.5, 0, "'asin': 1, ")])
@example(record="{'asin': 'a\\\\', 'title': 'B'}", changes=[])
def test_a_damaged_line_is_never_taken_for_another(record: str, changes: list[tuple[float, int, str]]) -> None:
    text = record
    for place, n_lost, new in changes:
        at = int(place * len(text))
        text = text[:at] + new + text[at + n_lost :]
    rows, _ = as_json(text.replace("\n", " "))
    assert rows in ([], [(1, *evaluated(text))] if rows else [])


@given(
    record=st.dictionaries(
        st.sampled_from(["asin", "title", "price", "related"]), st.text("ab'\" é\\\t", max_size=5), min_size=1
    )
)
def test_what_dumps_hold_is_read_as_json(record: dict[str, str]) -> None:
    rows, others = as_json(repr(record))
    assert others == []
    assert rows == [(1, record.get("asin"), record.get("title"), None, None, None)]


def test_a_hostile_line_is_gone_through_once() -> None:
    for text in ("{'a': [" + "1, " * 200_000 + "}", "{'a': '" + "\\'" * 200_000, "{'a': " + "[" * 200_000):
        assert as_json(text)[0] == []


def read(path: Path, log: RejectLog, block_bytes: int = 1 << 20) -> pl.DataFrame:
    return pl.concat(list(read_literal_lines(Reading(path, log), FIELDS, block_bytes)))


def test_reads_what_python_writes(tmp_path: Path) -> None:
    records = [
        {"asin": "A", "title": 'It\'s "so" good', "categories": [["Beauty", "Nails"], ["Home"]], "price": 3.5},
        {"asin": "B", "salesRank": {"Beauty": 7}, "title": None},
        {"asin": 7, "title": "tab\there \\ é", "hours": 5},
    ]
    log = RejectLog()
    rows = read(write(tmp_path / "meta.json.gz", "\n".join(map(repr, records))), log)
    assert rows.select(LINE, "asin", "title", "hours", "categories").rows() == [
        (1, "A", 'It\'s "so" good', None, [["Beauty", "Nails"], ["Home"]]),
        (2, "B", None, None, None),
        (3, "7", "tab\there \\ é", 5.0, None),
    ]
    assert log.count == 0


def test_nothing_is_executed(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    path = write(tmp_path / "meta.json", f"{{'asin': 'A'}}\n{{'asin': open({str(trap)!r}, 'w')}}\n")
    log = RejectLog()
    assert read(path, log).height == 1
    assert places(log) == [(2, "not a Python literal")]
    assert not trap.exists()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{'asin': 'B'", "not a Python literal"),
        (b"{'asin': 'B', [1]: 2}", "not a Python literal"),
        (b"(" * 5000, "not a Python literal"),
        (b"{'asin': 'a\0b'}", "not a Python literal"),
        (b"{'asin': 'B', 'related': {'a': b}}", "not a Python literal"),
        (b"{'asin': 'B', 'related': ['a' 'b'}", "not a Python literal"),
        (b"{'asin': 'B', 'related': '\\x4'}", "not a Python literal"),
        (b"['asin']", "not an object"),
        (b"{'asin': 'B\xff'}", "not UTF-8"),
    ],
)
def test_a_bad_line_is_set_aside(tmp_path: Path, bad: bytes, reason: str) -> None:
    path = write(tmp_path / "meta.json", b"{'asin': 'A'}\n\n" + bad + b"\r\n{'asin': 'C'}")
    log = RejectLog()
    assert read(path, log)[LINE].to_list() == [1, 4]
    assert places(log) == [(3, reason)]


@pytest.mark.parametrize(
    ("odd", "field", "value"),
    [
        ("{'asin': ['B']}", "asin", None),
        ("{'categories': ['x']}", "categories", [["x"]]),
        ("{'title': b'x'}", "title", None),
        ("{'title': '\\ud83d'}", "title", None),
        ("{'hours': '3.5'}", "hours", 3.5),
        ("{'hours': 'many'}", "hours", None),
        ("{'hours': nan}", "hours", None),
        ("{'hours': -inf}", "hours", None),
    ],
)
def test_a_value_of_another_type_costs_no_row(tmp_path: Path, odd: str, field: str, value: object) -> None:
    reading = Reading(write(tmp_path / "meta.json", f"{{'asin': 'A'}}\n{odd}"))
    rows = pl.concat(read_literal_lines(reading, FIELDS))
    assert (rows.height, rows[field].to_list()[1], reading.log.count) == (2, value, 0)
    assert dict(reading.notes) == {f"{field}: {UNREAD if value is None else CONVERTED}": 1}


@pytest.mark.filterwarnings("error")
def test_a_backslash_that_escapes_nothing_is_fine(tmp_path: Path) -> None:
    path = write(tmp_path / "meta.json", r"{'asin': 'A', 'title': '\d'}")
    assert read(path, RejectLog())["title"].to_list() == ["\\d"]


@pytest.mark.parametrize("block_bytes", [1 << 20, 100])
def test_however_the_lines_are_cut(tmp_path: Path, block_bytes: int) -> None:
    # Every second line has a number as its title, so that it is left to Python.
    lines = [repr({"asin": f"A{i}", "title": i if i % 2 else "it's"}) for i in range(60)]
    lines[33] = "{"
    log = RejectLog()
    rows = read(write(tmp_path / "meta.json", "\n".join(lines)), log, block_bytes)
    assert rows[LINE].to_list() == [*range(1, 34), *range(35, 61)]
    assert rows["asin"].to_list() == [f"A{i}" for i in range(60) if i != 33]
    assert places(log) == [(34, "not a Python literal")]


@pytest.mark.parametrize(
    "value", ["[" + "1," * 100_000 + "]", "1+" * 100_000 + "1j", "[" + "''," * 150_000 + "]", "b''" * 150_000]
)
@pytest.mark.parametrize("before", ["'asin': 'A'", "'asin': 'A', 'asin': 'B'"])
def test_a_literal_of_too_many_values_is_set_aside(value: str, before: str, tmp_path: Path) -> None:
    sound, log = "{'asin': 'A'}\n", RejectLog()
    path = write(tmp_path / "meta", f"{sound}{{{before}, 'asin': None, 'x': {value}}}\n{sound}")
    with pytest.MonkeyPatch.context() as patch:
        # It must not even be tried.
        patch.setattr(ast, "literal_eval", lambda _: pytest.fail("it was taken apart"))
        frames = list(read_literal_lines(Reading(path, log), {"asin": pl.String()}))
    assert pl.concat(frames)[LINE].to_list() == [1, 3]
    assert places(log) == [(2, "not a Python literal")]


def test_a_literal_of_long_texts_is_read(tmp_path: Path) -> None:
    text = "x" * 500_000
    path = write(tmp_path / "meta", f"{{'asin': 'A', 'asin': {text!r}, 'x': [{text!r}]}}\n")
    (frame,) = read_literal_lines(Reading(path), {"asin": pl.String()})
    assert frame["asin"].to_list() == [text]
