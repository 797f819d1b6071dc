from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.errors import LINE, RejectLog
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError

FILE = Path("folder/dump.json")


def rows_of(n: int, reason: str) -> pl.DataFrame:
    return pl.DataFrame({LINE: pl.int_range(1, n + 1, eager=True), "reason": [reason] * n})


@pytest.mark.parametrize(("n_records", "tolerated"), [(50, 100), (10_000, 100), (50_000, 500)])
def test_stops_at_the_limit(n_records: int, tolerated: int) -> None:
    reading = Reading(FILE, n_records=n_records)
    for line in range(tolerated):
        reading.set_aside(line + 7, "not JSON")
    with pytest.raises(DataError) as caught:
        reading.set_aside(99_999, "no asin")
    assert caught.value.subject == str(FILE)
    assert f"{tolerated + 1:,} bad of {n_records:,}" in caught.value.got
    assert "line 7 (not JSON)" in caught.value.got
    assert "line 7" in caught.value.remedy


def test_files_are_judged_apart_and_duplicates_not_at_all() -> None:
    log = RejectLog()
    a, b = Reading(Path("a"), log), Reading(Path("b"), log)
    for line in range(80):
        a.set_aside(line, "bad")
        b.set_aside(line, "bad")
    a.set_aside_rows(rows_of(80, "duplicate item"), bad=False)
    assert (log.count, a.n_bad, b.n_bad) == (240, 80, 80)
    assert {file for file, *_ in log.rows} == {"a", "b"}


def test_many_bad_rows_stop_the_reading() -> None:
    reading = Reading(FILE, n_records=1_000)
    reading.set_aside_rows(rows_of(100, "no asin"))
    with pytest.raises(DataError) as caught:
        reading.set_aside_rows(rows_of(1, "not JSON"))
    assert "101 bad of 1,000 read, the first at line 1 (no asin)" in caught.value.got


def test_the_first_bad_line_is_the_first_in_the_file() -> None:
    reading = Reading(FILE, n_records=9)
    reading.set_aside(8, "no asin")
    reading.set_aside(3, "not JSON")
    reading.set_aside(5, "no asin")
    assert "3 bad of 9 read, the first at line 3 (not JSON)" in reading.refusal("no usable line").got


def test_no_rows_are_no_harm() -> None:
    reading = Reading(FILE)
    reading.set_aside_rows(rows_of(0, "no asin"))
    assert (reading.log.count, reading.n_bad) == (0, 0)
    assert reading.refusal("no usable line").got == "no usable line: 0 bad of 0 read"
