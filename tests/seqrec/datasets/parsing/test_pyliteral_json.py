"""A line that is read as JSON has the values that Python finds; every other line is left to Python."""

import ast

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqrec.datasets.parsing.blocks import Block
from seqrec.datasets.parsing.coerce import row_reader
from seqrec.datasets.parsing.pyliteral_json import read_as_json

FIELDS = {"asin": pl.String(), "title": pl.String(), "categories": pl.List(pl.List(pl.String()))}
NAMES = st.sampled_from(["asin", "title", "categories", "related", "", "it's", 'a "b"'])
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
        | st.sampled_from(["true", "null", "None", "'asin': 1, ", "'title': 'x', ", "u'"]),
    ),
    max_size=3,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")


def read(*lines: str) -> tuple[list[tuple[object, ...]], list[int]]:
    """The rows of lines that were read as JSON, and the numbers of the others."""
    frame, others = read_as_json(Block("\n".join(lines).encode(), 1), FIELDS)
    assert [text.decode() for _, text in others] == [lines[number - 1].removesuffix("\r") for number, _ in others]
    return sorted(frame.rows()), [number for number, _ in others]


def evaluated(text: str) -> tuple[object, ...]:
    return row_reader(FIELDS)(ast.literal_eval(text))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("{'asin': 'A', 'price': 9.99}", ("A", None, None)),
        ("{'asin': 'A', 'title': \"it's\"}", ("A", "it's", None)),
        ("{\"title\": \"it's\", 'asin': 'A'}\r", ("A", "it's", None)),
        ("{'categories': [['x', \"y's\"], []], 'salesRank': {'a': 1}}", (None, None, [["x", "y's"], []])),
        ("{'related': {'title': 'no', 'bought': ['a', 'b']}}", (None, None, None)),
        ("{'title': 'to be true, ', 'asin': '007'}", ("007", "to be true, ", None)),
        ("{'asin': ''}", ("", None, None)),
        ("{ 'price':1 }", (None, None, None)),
    ],
)
def test_known_answers(text: str, row: tuple[object, ...]) -> None:
    assert read(text) == ([(1, *row)], [])
    assert evaluated(text.removesuffix("\r")) == row


@pytest.mark.parametrize(
    "text",
    [
        "{'asin': 'A'",
        "{'asin': 'it\\'s'}",
        "{'asin': 'a \"b\" c'}",
        "{'asin': 'a \"b', 'title': 'c\" d'}",
        "{'asin': 'a\tb'}",
        "{'asin': 7}",
        "{'asin': 'A', 'asin': 'B'}",
        "{'asin': 'A', 'asin': 1}",
        "{'title': 'A', 'related': {'title': 'B'}}",
        "{'asin': 'title', 'title': 'A'}",
        "{'asin': None}",
        "{'asin': 'A', 'verified': True}",
        "{'asin': 'A', 'verified': true}",
        "{'asin': 'A', 'verified':  null}",
        "{'categories': [['x', 1.0]]}",
        "{'categories': [[['x']]]}",
        "{'categories': ['x']}",
        "{u'asin': u'A'}",
        "{'asin': '''A'''}",
        "{'asin': 'A' 'B'}",
        "{'asin': b'A'}",
        "('asin', 'A')",
        "['asin']",
        "true",
    ],
)
def test_what_is_left_to_python(text: str) -> None:
    assert read(text) == ([], [1])


def test_lines_are_told_apart() -> None:
    lines = [
        "{'asin': 'A'}",
        "",
        "{'asin': 'it\\'s'}",
        "{'asin': \"it's\"}\r",
        " \r",
        "{'asin': None}",
        "{'asin': 'B'}",
    ]
    assert read(*lines) == ([(1, "A", None, None), (4, "it's", None, None), (7, "B", None, None)], [3, 6])


@pytest.mark.parametrize(
    "odd", ["{'asin': '[sold out]'}", "{'title': 'true'}", "{'asin': 7}", "{'categories': [['x', '2000']]}"]
)
def test_an_odd_line_is_left_to_python_alone(odd: str) -> None:
    assert read("{'asin': 'A'}", odd, "{'asin': 'C'}") == ([(1, "A", None, None), (3, "C", None, None)], [2])


def test_what_json_does_not_read_costs_the_few_lines_around_it() -> None:
    lines = ["{'asin': 'A'}"] * 1000
    lines[700] = "{'asin': 'B',}"
    rows, others = read(*lines)
    assert 701 in others
    assert len(others) <= 128
    assert sorted([*(number for number, *_ in rows), *others]) == list(range(1, 1001))


def test_what_is_not_utf8_is_left_to_python() -> None:
    block = Block(b"{'asin': 'A'}\n{'asin': '\xff'}\n", 3)
    assert read_as_json(block, FIELDS)[1] == [(3, b"{'asin': 'A'}"), (4, b"{'asin': '\xff'}")]


def test_numbers_are_left_to_python() -> None:
    frame, others = read_as_json(Block(b"{'hours': 1}", 1), {"hours": pl.Float64()})
    assert frame.is_empty()
    assert others == [(1, b"{'hours': 1}")]


@given(records=st.lists(RECORDS.map(repr), min_size=1, max_size=4), line_end=st.sampled_from(["", "\r"]))
def test_what_python_writes(records: list[str], line_end: str) -> None:
    rows, others = read(*(record + line_end for record in records))
    assert sorted([*(number for number, *_ in rows), *others]) == list(range(1, len(records) + 1))
    for number, *row in rows:
        assert tuple(row) == evaluated(records[number - 1])


@given(record=RECORDS.map(repr), changes=CHANGES)
@example(record="{'asin': 'A', 'title': 'B'}", changes=[(0.5, 0, "'asin': 1, ")])
def test_a_damaged_line_is_never_taken_for_another(record: str, changes: list[tuple[float, int, str]]) -> None:
    text = record
    for place, n_lost, new in changes:
        at = int(place * len(text))
        text = text[:at] + new + text[at + n_lost :]
    rows, _ = read(text)
    assert rows in ([], [(1, *evaluated(text))] if rows else [])


@given(record=st.dictionaries(st.sampled_from(["asin", "title", "price"]), st.text("ab' é", max_size=5), min_size=1))
def test_what_dumps_hold_is_read(record: dict[str, str]) -> None:
    rows, others = read(repr(record))
    assert others == []
    assert rows == [(1, record.get("asin"), record.get("title"), None)]
