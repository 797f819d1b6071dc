import polars as pl
import pytest

from seqrec import schema
from seqrec.datasets import errors as module
from seqrec.datasets.errors import LINE, MAX_KEPT, RejectLog, rejects_table


def rows_of(n: int, reason: str) -> pl.DataFrame:
    return pl.DataFrame(
        {LINE: pl.int_range(1, n + 1, eager=True), "reason": [reason] * n, "asin": ["a\u2028b\x85c"] * n}
    )


def test_keeps_place_reason_and_beginning() -> None:
    log = RejectLog()
    log.add("dump.json", 3, "not JSON", "x" * 500)
    log.add("dump.json", 4, "no asin")
    assert rejects_table(log.rows).schema == schema.REJECTS
    assert rejects_table(log.rows).to_pylist() == [
        {"file": "dump.json", "line": 3, "reason": "not JSON", "text": "x" * 200},
        {"file": "dump.json", "line": 4, "reason": "no asin", "text": None},
    ]


def test_empty_table_has_the_schema() -> None:
    assert rejects_table([]).schema == schema.REJECTS
    assert (rejects_table([]).num_rows, RejectLog().count) == (0, 0)


def test_many_rows_at_once() -> None:
    log = RejectLog()
    log.add_rows("a", rows_of(3, "no asin"))
    log.add_rows("a", rows_of(400, "outside the window"))
    assert dict(log.by_reason) == {"outside the window": 400, "no asin": 3}
    assert list(log.by_reason) == ["outside the window", "no asin"]
    # Unicode line separators inside a text do not end a row.
    assert log.rows[0] == ("a", 1, "no asin", '{"asin":"a\u2028b\x85c"}')


def test_counts_stay_exact_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 10)
    log = RejectLog()
    for line in range(6):
        log.add("a", line, "a" if line % 3 else "b", "text")
    for _ in range(3):
        log.add_rows("a", rows_of(7, "c"))
    log.add("a", 99, "d")
    assert (log.count, len(log.rows)) == (28, 10)
    assert dict(log.by_reason) == {"c": 21, "a": 4, "b": 2, "d": 1}


def test_millions_cost_little() -> None:
    log = RejectLog()
    log.add_rows("a", rows_of(2_000_000, "outside the window"))
    assert (log.count, len(log.rows)) == (2_000_000, MAX_KEPT)


def test_rows_come_file_by_file_in_the_order_of_their_lines() -> None:
    log = RejectLog()
    for file, line in (("b", 2), ("a", 9), ("b", 1), ("a", 7)):
        log.add(file, line, "no asin")
    assert [(file, line) for file, line, *_ in log.rows] == [("b", 1), ("b", 2), ("a", 7), ("a", 9)]


def test_the_first_rows_of_two_logs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = RejectLog(), RejectLog()
    first.add("a", 8, "no asin")
    first.add("a", 3, "not JSON")
    second.add("a", 5, "no asin")
    monkeypatch.setattr(module, "MAX_KEPT", 2)
    both = first + second
    assert [line for _, line, *_ in both.rows] == [3, 5]
    assert dict(both.by_reason) == {"no asin": 2, "not JSON": 1}
    assert (first.count, second.count) == (2, 1)


def test_a_log_is_continued() -> None:
    before = RejectLog()
    before.add("a", 1, "no asin", "x")
    log = RejectLog(before.rows, before.by_reason)
    log.add("b", 1, "no asin", "y")
    assert (dict(log.by_reason), len(log.rows)) == ({"no asin": 2}, 2)
    # An error that was returned before does not change.
    assert (dict(before.by_reason), len(before.rows)) == ({"no asin": 1}, 1)
