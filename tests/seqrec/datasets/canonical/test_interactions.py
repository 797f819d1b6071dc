from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.canonical.frames import TIME_US
from seqrec.datasets.canonical.interactions import to_interactions, written_time
from seqrec.datasets.canonical.times import MAX_TIME_S, US_PER_S
from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.lines import LINE
from tests.seqrec.datasets.files import places

FILE = Path("folder/dump")


def frame(**columns: object) -> pl.DataFrame:
    whole = {LINE: [7], "who": ["u"], "what": ["i"], TIME_US: [1], "worth": ["1"]} | {
        k: [v] for k, v in columns.items()
    }
    return pl.DataFrame(whole, schema_overrides={"who": pl.String, "what": pl.String, TIME_US: pl.Int64})


def read(*frames: pl.DataFrame, rejects: Rejects, **settings: object) -> list[tuple[object, ...]]:
    rejects.saw(FILE, len(frames))
    batches = to_interactions(
        iter(frames), FILE, rejects, **{"user": "who", "item": "what", "value": "worth"} | settings
    )
    return [row for batch in batches for row in pl.DataFrame(batch).rows()]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"who": None}, "no who"),
        ({"who": " "}, "no who"),
        ({"what": ""}, "no what"),
        ({TIME_US: None}, "no readable time"),
        ({TIME_US: -1}, "impossible time"),
        ({TIME_US: MAX_TIME_S * US_PER_S + 1}, "impossible time"),
        ({"worth": "x"}, "worth is not a number"),
        ({"worth": "nan"}, "worth is not a number"),
        ({"worth": "1e999"}, "worth is not a number"),
        ({"worth": float("inf")}, "worth is not a number"),
        ({"worth": 1e300}, "worth is not a number"),
    ],
)
def test_what_makes_a_row_unusable(fault: dict[str, object], reason: str) -> None:
    rejects = Rejects()
    assert len(read(frame(), frame(**fault), rejects=rejects)) == 1
    assert places(rejects) == [(7, reason)]


@pytest.mark.parametrize(("worth", "value"), [("1.5", 1.5), ("", None), (None, None), (2, 2.0), (0.25, 0.25)])
def test_values(worth: object, value: float | None) -> None:
    rejects = Rejects()
    assert read(frame(worth=worth), rejects=rejects) == [
        ("u", "i", datetime(1970, 1, 1, microsecond=1, tzinfo=UTC), value)
    ]
    assert rejects.count == 0


def test_a_part_and_no_value() -> None:
    rows = read(frame(worth="x"), rejects=Rejects(), value=None, part="test")
    assert [row[3:] for row in rows] == [(None, "test")]


def test_rows_that_are_not_wanted_are_no_faults() -> None:
    rejects = Rejects()
    frames = [frame(**{TIME_US: time}) for time in (*range(500), -1)]
    rows = read(*frames, rejects=rejects, by_design={"too early": pl.col(TIME_US) < 400})
    assert len(rows) == 100
    assert rejects.by_reason == {"too early": 400, "impossible time": 1}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-03-05 18:30:07", datetime(2019, 3, 5, 18, 30, 7, tzinfo=UTC)),
        (" 2019-03-05 ", datetime(2019, 3, 5, tzinfo=UTC)),
        ("2020-02-29", datetime(2020, 2, 29, tzinfo=UTC)),
        ("2019-02-29", None),
        ("2019-03-05 24:00:00", None),
        ("5 March 2019", None),
        ("1551810607", None),
        ("", None),
        (None, None),
    ],
)
def test_written_time(text: str | None, moment: datetime | None) -> None:
    time = pl.DataFrame({"t": [text]}, schema={"t": pl.String}).select(written_time("t")).item()
    assert time == (None if moment is None else round(moment.timestamp() * US_PER_S))
