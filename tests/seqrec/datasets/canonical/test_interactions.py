from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.canonical.frames import TIME_US
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.time_faults import FAULTS, TIME_FAULT
from seqrec.datasets.errors import LINE, RejectLog
from seqrec.datasets.reading import Reading
from tests.seqrec.datasets.files import places

FILE = Path("folder/dump")
WORDS = ("none", "nan", r"\n")


def frame(**columns: object) -> pl.DataFrame:
    whole = {LINE: [7], "who": ["u"], "what": ["i"], TIME_US: [1], TIME_FAULT: [0], "worth": ["1"]} | {
        k: [v] for k, v in columns.items()
    }
    return pl.DataFrame(whole, schema_overrides={"who": pl.String, "what": pl.String, TIME_US: pl.Int64})


def read(*frames: pl.DataFrame, rejects: RejectLog, **settings: object) -> list[tuple[object, ...]]:
    reading = Reading(FILE, rejects, null_words=WORDS, n_records=len(frames))
    batches = to_interactions(iter(frames), reading, **{"user": "who", "item": "what", "value": "worth"} | settings)
    return [row for batch in batches for row in pl.DataFrame(batch).rows()]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"who": None}, "no who"),
        ({"who": " "}, "no who"),
        ({"what": ""}, "no what"),
        ({"who": "None"}, "no who"),
        ({"what": " \\N "}, "no what"),
        *(({TIME_FAULT: code}, fault) for fault, code in FAULTS.items()),
    ],
)
def test_what_makes_a_row_unusable(fault: dict[str, object], reason: str) -> None:
    rejects = RejectLog()
    assert len(read(frame(), frame(**fault), rejects=rejects)) == 1
    assert places(rejects) == [(7, reason)]


@pytest.mark.parametrize(
    ("worth", "value"), [("1.5", 1.5), ("", None), ("NaN", None), (None, None), (2, 2.0), (0.25, 0.25)]
)
def test_values(worth: object, value: float | None) -> None:
    rejects = RejectLog()
    assert read(frame(worth=worth), rejects=rejects) == [
        ("u", "i", datetime(1970, 1, 1, microsecond=1, tzinfo=UTC), value, None)
    ]
    assert rejects.count == 0


@pytest.mark.parametrize("worth", ["x", "1e999", float("inf"), 1e300])
def test_a_value_that_is_no_number_costs_no_row(worth: object) -> None:
    reading = Reading(FILE, null_words=WORDS, n_records=1)
    (batch,) = to_interactions(iter([frame(worth=worth)]), reading, user="who", item="what", value="worth")
    assert batch["value"].to_pylist() == [None]
    assert dict(reading.notes) == {"worth: no number, so null": 1}


def test_a_part_and_no_value() -> None:
    rows = read(frame(worth="x"), rejects=RejectLog(), value=None, part="test")
    assert [row[3:] for row in rows] == [(None, "test")]


def test_rows_that_are_not_wanted_are_no_faults() -> None:
    rejects = RejectLog()
    frames = [frame(**{TIME_US: time, TIME_FAULT: 0 if time >= 0 else 4}) for time in (*range(500), -1)]
    rows = read(*frames, rejects=rejects, by_design={"too early": pl.col(TIME_US) < 400})
    assert len(rows) == 100
    assert rejects.by_reason == {"too early": 400, "impossible time": 1}
