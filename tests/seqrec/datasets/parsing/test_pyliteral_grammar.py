"""A record that is cut is what Python evaluates; what is not cut is left to Python."""

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqrec.datasets.parsing.pyliteral_grammar import plain_reader

WANTED = {"asin", "title", "categories"}
NAMES = st.sampled_from(["asin", "title", "categories", "related", "", "it's", 'a "b"'])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.text(alphabet="'\"\\nux{N}[], \r\t\0é", max_size=8)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=5)
CHARACTERS = "'\"\\{}[]:, \t\r\0\fabfnrtuvxNU01789eE.+-_#()éNone"


# A backslash that escapes nothing is warned of wherever Python reads it, here and there.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")


def evaluated(text: str) -> dict[str, object]:
    """What Python makes of a dict literal, without what is not wanted."""
    record = ast.literal_eval(text)
    assert isinstance(record, dict)
    return {name: value for name, value in record.items() if name in WANTED}


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("{'asin': 'A', 'price': 9.99}", {"asin": "A"}),
        ("""{'asin': "it's", "title": 'a "b"'}""", {"asin": "it's", "title": 'a "b"'}),
        ("{'categories': [['x', 'y'], [\"z, ]'\"], []]}", {"categories": [["x", "y"], ["z, ]'"], []]}),
        ("{u'asin': u'it\\'s \\u2665', u'title': u''}", {"asin": "it's ♥", "title": ""}),
        ("{'asin': -7, 'title': 1.5e-07, 'categories': None}", {"asin": -7, "title": 1.5e-07, "categories": None}),
        ("{'asin': True, 'title': False, 'related': {'bought': ['a', 'b'], 'n': {}}}", {"asin": True, "title": False}),
        ("{'asin': 'A', 'asin': 'B'}", {"asin": "B"}),
        ("{'asin': {'b': [1, 2]}, 'title': '\\d\\x41\\\\'}", {"asin": {"b": [1, 2]}, "title": "\\dA\\"}),
    ],
)
def test_known_answers(text: str, record: dict[str, object]) -> None:
    assert plain_reader(WANTED)(text) == evaluated(text) == record


@pytest.mark.parametrize(
    "text",
    [
        "{'asin': open('a')}",
        "{'asin': 'A'",
        "{'asin': 'A'} ",
        "{'asin': 'A'}\n",
        "['asin']",
        "{'asin' : 'A'}",
        "{'asin': 'A' 'B'}",
        "{'asin': '''A'''}",
        "{'asin': b'A'}",
        "{'asin': 'A', 1: 2}",
        "{'a\\x73in': 'A'}",
        "{'related': '\\N{BULLET}'}",
        "{'related': '\\x4'}",
        "{'related': '\\U00110000'}",
        "{'related': 012}",
        "{'related': " + "9" * 5000 + "}",
        "{'related': [[[1]]]}",
        "{'related': 'a\0b'}",
        "{'related': 'a\rb'}",
        "{'related': Nonesuch}",
        "{'asin': 'A'{'asin': 'B'}",
        "{}",
    ],
)
def test_what_is_left_to_python(text: str) -> None:
    assert plain_reader(WANTED)(text) is None


@given(record=RECORDS)
def test_what_python_writes(record: dict[str, object]) -> None:
    found = plain_reader(WANTED)(repr(record))
    assert found is None or repr(found) == repr(evaluated(repr(record)))


@given(
    record=st.dictionaries(
        st.sampled_from(["asin", "title", "related"]),
        st.lists(st.lists(st.text(alphabet="ab'\"é", max_size=5), max_size=3), max_size=3) | SCALARS,
        min_size=1,
    )
)
def test_what_dumps_hold_is_cut(record: dict[str, object]) -> None:
    text = repr(record)
    assert plain_reader(WANTED)(text) == evaluated(text)


@given(
    record=RECORDS.map(repr),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 3), st.text(alphabet=CHARACTERS, max_size=4)), max_size=4
    ),
)
@example(record="{'asin': 1, 'b': 2}", changes=[(0.5, 2, "{")])
def test_a_damaged_text_is_never_taken_for_another(record: str, changes: list[tuple[float, int, str]]) -> None:
    text = record
    for place, n_lost, new in changes:
        at = int(place * len(text))
        text = text[:at] + new + text[at + n_lost :]
    found = plain_reader(WANTED)(text)
    assert found is None or repr(found) == repr(evaluated(text))


def test_a_hostile_line_is_gone_through_once() -> None:
    for text in ("{'a': [" + "1, " * 200_000 + "}", "{'a': '" + "\\'" * 200_000, "{'a': " + "[" * 200_000):
        assert plain_reader({"a"})(text) is None


def test_names_stay_what_they_are() -> None:
    assert plain_reader({"u", "v"})("{u'u': 'u', \"u'\": 1, 'uv': 2, \"v\": 3}") == {"u": "u", "v": 3}


@pytest.mark.parametrize("name", ["u'", 'u"', "u\\"])
def test_names_that_would_be_written_otherwise_are_not_looked_for(name: str) -> None:
    with pytest.raises(AssertionError, match="as they are written"):
        plain_reader({"u", name})


def test_only_short_lists_are_kept() -> None:
    def lists(text: str) -> list[object]:
        return [(plain_reader({"a"})(text) or {})["a"] for _ in range(2)]

    first, second = lists("{'a': ['once more']}")
    assert first is second
    first, second = lists(f"{{'a': ['{'x' * 1_000}']}}")
    assert first is not second
    assert first == second == ["x" * 1_000]
