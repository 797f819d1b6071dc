from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.canonical.fields import absent, usable
from seqrec.datasets.canonical.first_seen import first_of_each
from seqrec.datasets.errors import LINE
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from tests.seqrec.datasets.files import places

FILE = Path("folder/dump.json")
FAULTS = {"no user": absent("user"), "no time": pl.col("time").is_null()}
BY_DESIGN = {"too early": pl.col("time") < 10, "too late": pl.col("time") > 20}


def frames(*rows: list[tuple[str | None, int | None]]) -> Iterator[pl.DataFrame]:
    line = 1
    for part in rows:
        frame = pl.DataFrame(part, schema={"user": pl.String, "time": pl.Int64}, orient="row")
        yield frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(LINE) + line, pl.all())
        line += len(part)


def test_the_first_reason_counts_and_faults_come_first() -> None:
    reading = Reading(FILE, n_records=6)
    given = frames([("u", 15), (None, None), ("u", 5), (" ", 5)], [("u", 30), ("v", 20)])
    kept = pl.concat(usable(given, reading, FAULTS, BY_DESIGN))
    assert kept.rows() == [(1, "u", 15), (6, "v", 20)]
    assert kept.columns == [LINE, "user", "time"]
    assert sorted(places(reading.log)) == [(2, "no user"), (3, "too early"), (4, "no user"), (5, "too late")]
    assert reading.log.rows[0][3] == '{"user":null,"time":null}'


def test_what_is_unwanted_is_never_too_much() -> None:
    reading = Reading(FILE, n_records=1_001)
    given = frames([("u", 5)] * 1_000, [("u", 15)])
    assert sum(frame.height for frame in usable(given, reading, FAULTS, BY_DESIGN)) == 1
    assert dict(reading.log.by_reason) == {"too early": 1_000}


def test_nothing_left_by_design_is_refused_too() -> None:
    reading = Reading(FILE, n_records=1)
    with pytest.raises(DataError, match=r"1 sound lines, none of them wanted \(too early, too late\)"):
        list(usable(frames([("u", 5)]), reading, FAULTS, BY_DESIGN))


def test_a_condition_that_is_null_applies() -> None:
    reading = Reading(FILE)
    kept = list(usable(frames([("u", None), ("u", 15)]), reading, {}, BY_DESIGN))
    assert kept[0]["time"].to_list() == [15]
    assert dict(reading.log.by_reason) == {"too early": 1}


@given(st.lists(st.tuples(st.sampled_from(["u", " ", None]), st.none() | st.integers(0, 30)), min_size=1, max_size=50))
def test_every_row_is_kept_or_set_aside(rows: list[tuple[str | None, int | None]]) -> None:
    reading = Reading(FILE, n_records=len(rows))
    given = frames(rows, [("u", 15)])
    n_kept = sum(frame.height for frame in usable(given, reading, FAULTS, BY_DESIGN))
    assert n_kept + reading.log.count == len(rows) + 1


def test_the_first_row_of_each_id_stays() -> None:
    reading = Reading(FILE)
    given = frames([("a", 1), ("b", 2), ("a", 3)], [], [("b", 4), ("c", 5), ("c", 6)])
    kept = pl.concat(first_of_each(given, "user", reading))
    assert kept["time"].to_list() == [1, 2, 5]
    assert places(reading.log) == [(3, "duplicate item"), (4, "duplicate item"), (6, "duplicate item")]
    assert reading.log.rows[0][3] == '{"user":"a"}'


def test_any_number_of_repeated_items_is_fine() -> None:
    reading = Reading(FILE, n_records=1_000)
    assert sum(frame.height for frame in first_of_each(frames([("a", 1)] * 1_000), "user", reading)) == 1
    assert reading.log.count == 999


@given(st.lists(st.none() | st.text() | st.text("\t \u00a0\u3000\x85\x1f"), min_size=1))
def test_blank_texts_are_absent(texts: list[str | None]) -> None:
    found = pl.DataFrame({"user": pl.Series(texts, dtype=pl.String)}).select(absent("user")).to_series()
    plain = pl.Series(texts, dtype=pl.String).str.strip_chars().fill_null("") == ""
    assert found.to_list() == plain.to_list()
