"""JSON in whatever lines, compared with Python's own parser of whole texts."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.parsing import json_values as module
from seqrec.datasets.parsing.json_values import is_array, read_values
from seqrec.errors import DataError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('ab"\\\n{}[],é'), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
RECORDS = st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), max_size=8)


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def lines(path: Path, block_bytes: int = 1 << 20) -> list[bytes]:
    """Return the values, and check their numbers."""
    found = [line for block in read_values(path, block_bytes) for line in block.lines()]
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    return [line for _, line in found]


@given(
    records=RECORDS,
    indent=st.sampled_from([None, 0, 2]),
    form=st.sampled_from(["array", "values", "arrays"]),
    piece_bytes=st.integers(1, 50),
    block_bytes=st.integers(1, 100),
)
def test_what_was_written_is_read(
    records: list[object],
    indent: int | None,
    form: str,
    piece_bytes: int,
    block_bytes: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    text = {
        "array": lambda: json.dumps(records, indent=indent),
        "values": lambda: "\n".join(json.dumps(record, indent=indent) for record in records),
        "arrays": lambda: "\r\n".join(json.dumps([record], indent=indent) for record in records),
    }[form]()
    path = written(tmp_path_factory.getbasetemp() / "a.json", text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE_BYTES", piece_bytes)
        assert [json.loads(line) for line in lines(path, block_bytes)] == records


RECORD = '{"user": "u%d", "events": [{"item": "a"}, {"item": "}"}]}'


@pytest.mark.parametrize("form", ["[%s]", "[\n%s\n]", "%s"])
@pytest.mark.parametrize("between", [", ", ",\n", ",\n  "])
@pytest.mark.parametrize("bad", ['{"user": "u5", ', '{"user": u5}', '{"user": "u5"', "x", "\udcff"])
@pytest.mark.parametrize("piece_bytes", [7, 1 << 20])
def test_a_broken_element_takes_no_other_with_it(
    form: str, between: str, bad: str, piece_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PIECE_BYTES", piece_bytes)
    elements = [RECORD % place for place in range(10)]
    elements[5] = bad
    path = written(tmp_path / "a", (form % between.join(elements)).encode(errors="surrogateescape"))
    found = lines(path)
    assert [line for line in found if line in {element.encode() for element in elements[:5] + elements[6:]}] == [
        element.encode() for element in elements[:5] + elements[6:]
    ]
    assert len(found) == 10
    with pytest.raises(ValueError, match=r"."):
        json.loads(found[5])


def test_a_line_break_in_a_text_means_itself(tmp_path: Path) -> None:
    found = lines(written(tmp_path / "a", '[{"a": "1"}, {"a": "2\n3"}, {"a": "4"}]'))
    assert [json.loads(line)["a"] for line in found] == ["1", "2\n3", "4"]


def test_an_array_without_an_end(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="without an end"):
        lines(written(tmp_path / "a", '[{"a": 1}, {"a": 2}'))


def test_an_element_beyond_all_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 1_000)
    monkeypatch.setattr(module, "_PIECE_BYTES", 100)
    with pytest.raises(DataError, match="an element that is longer"):
        lines(written(tmp_path / "a", '[{"a": "' + "x" * 3_000))


def test_a_deep_element_is_broken(tmp_path: Path) -> None:
    found = lines(written(tmp_path / "a", '[{"a": 1}, {"a": ' + "[" * 100_000 + "]" * 100_000 + '}, {"a": 2}]'))
    assert (len(found), found[0], found[2]) == (3, b'{"a": 1}', b'{"a": 2}')


@pytest.mark.parametrize(
    ("head", "expected"),
    [(b"[{", True), (b" \n[\n  {", True), (b"[1, 2]", False), (b'{"a": [{', False), (b"[user],[item]", False)],
)
def test_arrays_are_told_by_their_beginning(head: bytes, expected: bool) -> None:
    assert is_array(head) is expected
