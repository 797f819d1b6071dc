import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing import nested as module
from seqrec.datasets.parsing.table_files import open_table
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from tests.seqrec.datasets.files import places, write
from tests.seqrec.datasets.mutations import VALUES

SESSION = {"session": 7, "user": {"id": "u", "*": "x"}, "events": [{"aid": 1, "ts": 5}, {"aid": "b", "ts": 6}]}


def rows(path: Path, *columns: str) -> tuple[list[tuple[object, ...]], Reading]:
    reading = Reading(path)
    frames = list(open_table(reading).rows({name: name for name in columns}))
    found = pl.concat(frames) if frames else pl.DataFrame(schema=[LINE, *columns])
    assert reading.n_records == found.height + reading.log.count
    return found.select(LINE, *columns).rows(), reading


def test_objects_and_lists_of_objects(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps(SESSION) + "\n" + json.dumps(SESSION | {"session": 8}) + "\n")
    columns = ("session", "user.id", "user.*", "events.aid", "events.ts")
    assert set(columns) <= set(open_table(Reading(path)).columns)
    assert rows(path, *columns)[0] == [
        (1, "7", "u", "x", "1", "5"),
        (1, "7", "u", "x", "b", "6"),
        (2, "8", "u", "x", "1", "5"),
        (2, "8", "u", "x", "b", "6"),
    ]
    assert rows(path, "session", "user.id")[0] == [(1, "7", "u"), (2, "8", "u")]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"_id": {"$oid": "5f"}, "n": {"$numberLong": "12"}}, ("5f", "12", None)),
        ({"_id": "5f", "n": 12, "at": {"$date": "2018-05-09T08:09:34.000Z"}}, ("5f", "12", "2018-05-09T08:09:34.000Z")),
        ({"_id": {"$oid": "5f"}, "at": {"$date": {"$numberLong": "1525853374000"}}}, ("5f", None, "1525853374000")),
    ],
)
def test_the_types_of_mongodb(record: dict[str, object], expected: tuple[object, ...], tmp_path: Path) -> None:
    usual = {"_id": {"$oid": "aa"}, "n": {"$numberLong": "1"}, "at": {"$date": "2018-05-09T08:09:34.000Z"}}
    path = write(tmp_path / "a.json", "\n".join(map(json.dumps, [usual, usual, record, usual])))
    found, reading = rows(path, "_id", "n", "at")
    assert found[2] == (3, *expected)
    assert (len(found), reading.log.count) == (4, 0)


def test_records_without_rows_are_counted_but_not_bad(tmp_path: Path) -> None:
    records = [SESSION, {"session": 1, "events": []}, {"session": 2}, {"session": 3, "events": None}, SESSION]
    path = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, records)))
    for text in (path.read_text(), path.read_text() + "\nx"):
        write(path, text)
        found, reading = rows(path, "session", "events.aid")
        assert len(found) == 4
        assert places(reading.log)[:3] == [(2, "empty list"), (3, "empty list"), (4, "empty list")]
        assert reading.n_bad == text.endswith("x")


def test_columns_of_two_lists(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", json.dumps({"a": [{"x": 1}], "b": [{"y": 2}]}))
    with pytest.raises(DataError, match=r"columns in the lists a, b") as caught:
        rows(path, "a.x", "b.y")
    assert "a.x, b.y" in caught.value.remedy


def test_an_object_is_no_value(tmp_path: Path) -> None:
    table = open_table(Reading(write(tmp_path / "a.jsonl", json.dumps(SESSION))))
    with pytest.raises(DataError, match="a column 'user' of lists or objects"):
        table.check("user", "key")


def test_literals_may_hold_lists_of_objects(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", f"{SESSION}\n{SESSION}\n")
    assert rows(path, "session", "events.aid")[0] == [(1, "7", "1"), (1, "7", "b"), (2, "7", "1"), (2, "7", "b")]


@given(changes=st.lists(st.tuples(st.sampled_from(["session", "user", "events", "aid"]), VALUES), max_size=4))
def test_both_ways_to_read_agree(changes: list[tuple[str, object]], tmp_path_factory: pytest.TempPathFactory) -> None:
    records = [SESSION] * 5
    for place, (key, value) in enumerate(changes):
        change = {"events": [{"aid": value, "ts": 1}]} if key == "aid" else {key: value}
        records[place + 1 if place < 4 else 4] = SESSION | change
    path = tmp_path_factory.getbasetemp() / "nested.jsonl"
    path.write_text("\n".join(map(json.dumps, [SESSION] * 3 + records)))
    fast, fast_reading = rows(path, "session", "user.id", "events.aid")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_read_plausible", lambda *_: None)
        slow, slow_reading = rows(path, "session", "user.id", "events.aid")
    assert fast == slow
    assert places(fast_reading.log) == places(slow_reading.log)


def test_an_optional_object_of_another_type_costs_no_row(tmp_path: Path) -> None:
    records = [SESSION, SESSION | {"user": "none"}, SESSION | {"events": [3, {"aid": 1}]}]
    found, reading = rows(write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, records))), "user.id", "events.aid")
    assert found == [(1, "u", "1"), (1, "u", "b"), (2, None, "1"), (2, None, "b"), (3, "u", None), (3, "u", "1")]
    assert reading.log.count == 0
    assert reading.notes == {"user.id: can't be read, so null": 2, "events.aid: can't be read, so null": 1}
