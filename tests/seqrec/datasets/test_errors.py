from pathlib import Path

import polars as pl
import pytest

from seqrec import schema
from seqrec.datasets import errors as module
from seqrec.datasets.counters import FileTally
from seqrec.datasets.errors import MAX_KEPT, Rejects
from seqrec.datasets.parsing.lines import LINE, WHOLE, Span
from seqrec.errors import DataError

FILE = Path("folder/dump.json")


def test_keeps_place_reason_and_beginning() -> None:
    rejects = Rejects()
    rejects.saw(FILE, 5)
    rejects.add(FILE, 3, "not JSON", "x" * 500)
    rejects.add(FILE, 4, "no asin")
    table = rejects.table()
    assert table.schema == schema.REJECTS
    assert table.to_pylist() == [
        {"file": "dump.json", "line": 3, "reason": "not JSON", "text": "x" * 200},
        {"file": "dump.json", "line": 4, "reason": "no asin", "text": None},
    ]
    assert sum(batch.num_rows for batch in rejects.batches()) == 2


def test_empty_table_has_the_schema() -> None:
    assert Rejects().table().schema == schema.REJECTS
    assert Rejects().count == 0


def test_counts_stay_exact_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 10)
    rejects = Rejects()
    for line in range(30):
        rejects.add(FILE, line, "a" if line % 3 else "b", "text")
    assert rejects.count == 30
    assert dict(rejects.by_reason) == {"a": 20, "b": 10}
    assert rejects.table().num_rows == 10


@pytest.mark.parametrize(("n_lines", "tolerated"), [(50, 100), (10_000, 100), (50_000, 500)])
def test_stops_at_the_limit(n_lines: int, tolerated: int) -> None:
    rejects = Rejects()
    rejects.saw(FILE, n_lines)
    for line in range(tolerated):
        rejects.add(FILE, line + 7, "not JSON")
    with pytest.raises(DataError) as caught:
        rejects.add(FILE, 99_999, "no asin")
    assert caught.value.subject == str(FILE)
    assert f"{tolerated + 1:,} bad of {n_lines:,}" in caught.value.got
    assert "line 7 (not JSON)" in caught.value.got
    assert "line 7" in caught.value.remedy


def test_files_are_judged_apart_and_duplicates_not_at_all() -> None:
    rejects = Rejects()
    for line in range(80):
        rejects.add(Path("a"), line, "bad")
        rejects.add(Path("b"), line, "bad")
        rejects.add(Path("a"), line, "duplicate item", broken=False)
    assert rejects.count == 240


def test_a_file_that_gives_nothing_is_refused() -> None:
    rejects = Rejects()
    rejects.saw(FILE, 2)
    rejects.add(FILE, 1, "not JSON")
    rejects.check_usable(FILE, 1)
    with pytest.raises(DataError, match="no usable line: 1 bad of 2 read, the first at line 1"):
        rejects.check_usable(FILE, 0)


def rows_of(n: int, reason: str) -> pl.DataFrame:
    return pl.DataFrame(
        {LINE: pl.int_range(1, n + 1, eager=True), "reason": [reason] * n, "asin": ["a\u2028b\x85c"] * n}
    )


def test_many_rows_at_once() -> None:
    rejects = Rejects()
    rejects.saw(FILE, 500)
    rejects.add_rows(FILE, rows_of(3, "no asin"))
    rejects.add_rows(FILE, rows_of(400, "outside the window"), broken=False)
    assert dict(rejects.by_reason) == {"outside the window": 400, "no asin": 3}
    assert [row["line"] for row in rejects.table().to_pylist()[:4]] == [1, 2, 3, 1]
    # Line separators of Unicode inside a text end no row.
    assert rejects.table()["text"][2].as_py() == '{"asin":"a\u2028b\x85c"}'


def test_many_rows_are_only_counted_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 10)
    rejects = Rejects()
    for _ in range(3):
        rejects.add_rows(FILE, rows_of(7, "outside the window"), broken=False)
    assert (rejects.count, rejects.table().num_rows) == (21, 10)


def test_millions_cost_little() -> None:
    rejects = Rejects()
    rejects.add_rows(FILE, rows_of(2_000_000, "outside the window"), broken=False)
    assert (rejects.count, rejects.table().num_rows) == (2_000_000, MAX_KEPT)


def test_many_bad_rows_stop_the_reading() -> None:
    rejects = Rejects()
    rejects.saw(FILE, 1_000)
    rejects.add_rows(FILE, rows_of(100, "no asin"))
    with pytest.raises(DataError) as caught:
        rejects.add_rows(FILE, rows_of(1, "not JSON"))
    assert "101 bad of 1,000 read, the first at line 1 (no asin)" in caught.value.got


def test_no_rows_are_no_harm() -> None:
    rejects = Rejects()
    rejects.add_rows(FILE, rows_of(0, "no asin"))
    assert rejects.count == 0


def test_all_files_are_read_together() -> None:
    rejects = Rejects()
    rejects.saw(Path("a"), 5)
    rejects.saw(Path("b"), 7)
    rejects.saw(Path("a"), 1)
    assert rejects.n_read == 13


def filled() -> Rejects:
    rejects = Rejects({FILE: Span(5, 2, 90)})
    rejects.saw(FILE, 9)
    rejects.passed(FILE, 11, is_open=True)
    rejects.settle_unit(FILE, "ms")
    rejects.add(FILE, 8, "no asin", "x")
    rejects.add(FILE, 3, "not JSON")
    rejects.note("cleaned titles", 2)
    return rejects


def test_what_was_left_is_gone_on_with_wherever_the_file_lies_now() -> None:
    left, moved = filled(), Path("elsewhere/dump.json")
    again = Rejects.resumed(left.account, left.table(), {moved: Span(90, 12, 120)})
    assert again.account == left.account
    assert again.table() == left.table()
    assert (again.span_of(moved), again.span_of(FILE)) == (Span(90, 12, 120), WHOLE)
    assert (again.unit_of(moved), again.unit_of(FILE)) == ("ms", None)
    again.saw(moved, 1)
    again.passed(moved, 1, is_open=False)
    again.add(moved, 12, "not JSON", "y")
    assert (again.n_read, dict(again.by_reason)) == (10, {"not JSON": 2, "no asin": 1})
    assert again.account.tallies["dump.json"] == FileTally(10, 3, 3, "not JSON", 12, is_open=False, time_unit="ms")
    # What was handed out before stays as it was.
    assert left.account.tallies["dump.json"].n_records == 9


def test_bad_lines_of_before_count_towards_the_limit() -> None:
    rejects = Rejects()
    rejects.saw(FILE, 100)
    rejects.add_rows(FILE, rows_of(100, "no asin"))
    again = Rejects.resumed(rejects.account, rejects.table(), {FILE: WHOLE})
    again.saw(FILE, 1)
    with pytest.raises(DataError, match="101 bad of 101 read"):
        again.add(FILE, 101, "no asin")


def test_a_total_has_its_parts_one_after_another_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Rejects()
    other.saw(Path("b"), 3)
    other.saw(Path("a"), 4)
    for file, line in (("b", 2), ("a", 9), ("b", 1), ("a", 7)):
        other.add(Path(file), line, "no asin")
    total = Rejects.total([filled(), other])
    assert [(row["file"], row["line"]) for row in total.table().to_pylist()] == [
        ("dump.json", 3),
        ("dump.json", 8),
        ("b", 1),
        ("b", 2),
        ("a", 7),
        ("a", 9),
    ]
    assert (total.n_read, dict(total.by_reason), total.notes) == (
        16,
        {"no asin": 5, "not JSON": 1},
        {"cleaned titles": 2},
    )
    monkeypatch.setattr(module, "MAX_KEPT", 3)
    assert Rejects.total([filled(), other]).table().num_rows == 3


def test_files_of_one_name_cannot_be_told_apart() -> None:
    rejects = Rejects()
    rejects.saw(Path("x/a"), 1)
    rejects.saw(Path("y/a"), 1)
    with pytest.raises(AssertionError, match="differ in name"):
        _ = rejects.account


def test_notes_are_counted_and_set_nothing_aside() -> None:
    rejects = Rejects()
    rejects.note("cleaned titles", 2)
    rejects.note("cleaned titles", 1)
    assert (rejects.notes["cleaned titles"], rejects.notes["other"], rejects.count) == (3, 0, 0)
