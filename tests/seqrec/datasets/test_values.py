"""What values mean: the same in files and in frames, from the first row to the quality report."""

import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seqrec
from seqrec.datasets.base import NULL_WORDS
from seqrec.errors import ConfigError, DataError, SeqrecWarning
from seqrec.library.data import Data
from seqrec.report.notices import notices
from tests.shared_data import shared_case

T = 1_572_154_174
N = 300
FORMS = ["frame", "csv", "jsonl", "parquet"]

Reader = Callable[..., Data]


def table(**columns: object) -> pl.DataFrame:
    """Return interactions of 30 users with 37 items, one per second, changed as `columns` says."""
    usual = {
        "user_id": [f"u{n % 30}" for n in range(N)],
        "item_id": [f"i{n % 37}" for n in range(N)],
        "timestamp": [T + n for n in range(N)],
    }
    return pl.DataFrame(usual | columns, strict=False)


def quietly(source: object, **settings: object) -> Data:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeqrecWarning)
        return seqrec.read(source, **settings)


@pytest.fixture(params=FORMS)
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    """Return a function that reads a frame, as it is or from a file."""

    def reader(frame: pl.DataFrame, **settings: object) -> Data:
        path = tmp_path / f"e.{request.param}"
        if request.param != "frame":
            {"csv": frame.write_csv, "jsonl": frame.write_ndjson, "parquet": frame.write_parquet}[request.param](path)
        return quietly(frame if request.param == "frame" else path, **settings)

    return reader


def test_null_words_are_no_ids(read: Reader) -> None:
    users = ["None" if n < 50 else f"u{n % 30}" for n in range(N)]
    assert read(table(user_id=users)).quality.set_aside == {"no user": 50}
    assert read(table(user_id=users), null_words=[]).quality.events.n_users == 31
    more = [f"u{n % 30}" if n < 50 else "none" for n in range(N)]
    with pytest.raises(DataError, match=r"250 bad of 300 read, the first at (line|row) .* \(no user\)") as caught:
        read(table(user_id=more))
    assert "the argument max_rejected" in caught.value.remedy
    assert read(table(user_id=more), max_rejected=0.9).quality.set_aside == {"no user": 250}


@given(
    word=st.sampled_from(NULL_WORDS),
    upper=st.lists(st.booleans(), min_size=9, max_size=9),
    blank=st.sampled_from(["", " "]),
)
@settings(max_examples=30)
def test_null_words_in_any_case(word: str, upper: list[bool], blank: str) -> None:
    written = "".join(sign.upper() if up else sign.lower() for sign, up in zip(word, upper, strict=False))
    items = [blank + written + blank, *("i" for _ in range(N - 1))]
    assert quietly(table(item_id=items)).quality.set_aside == {"no item": 1}


def test_an_order_is_no_time(read: Reader) -> None:
    data = read(table(timestamp=list(range(N))))
    assert not data.quality.has_times
    assert data.interactions["timestamp"].to_list() == [
        datetime(1970, 1, 1, 0, n // 60, n % 60, tzinfo=UTC) for n in range(N)
    ]
    with pytest.raises(DataError) as caught:
        seqrec.prepare(data, {"split": "temporal", "core": {"users": 1, "items": 1}})
    assert "leave_one_out" in caught.value.remedy
    split = seqrec.prepare(data, {"split": "leave_one_out", "core": {"users": 1, "items": 1}})
    assert not split.summary.has_times
    with pytest.raises(DataError, match="positions in an order, such as 1; expected seconds"):
        read(table(timestamp=list(range(N))), time_unit="s")


def test_years_are_dates(read: Reader) -> None:
    data = read(table(timestamp=[2010 + n % 9 for n in range(N)]))
    assert data.quality.has_times
    assert data.interactions["timestamp"].dt.year().unique().sort().to_list() == list(range(2010, 2019))


def test_zeros_and_other_units_are_set_aside(read: Reader) -> None:
    times = [0 if n % 10 == 0 else (T + n) * 1_000 if n % 10 == 1 else T + n for n in range(N)]
    data = read(table(timestamp=times))
    assert data.quality.set_aside == {"time in another unit": 30, "unknown time": 30}
    assert data.interactions["timestamp"].dt.year().unique().to_list() == [2019]


def test_times_decades_away_are_told_and_stop_it_if_there_are_many() -> None:
    far = [946_684_800 + n if n % 4 == 0 else T + n + 126_230_400 for n in range(N)]
    with pytest.warns(
        SeqrecWarning, match="75 interactions are 20 years or more from the median year, 2023, most of them in 2000"
    ):
        seqrec.read(table(timestamp=far))
    many = [946_684_800 + n if n % 5 < 2 else T + n + 126_230_400 for n in range(N)]
    with pytest.raises(DataError, match="120 of 300 times that are 20 years or more"):
        quietly(table(timestamp=many))
    assert quietly(table(timestamp=many), max_rejected=0.5).quality.events.far_years == {2000: 120}


def test_whole_numbers_written_as_fractions(read: Reader) -> None:
    frame = table(user_id=[float(n % 30) for n in range(N)], item_id=[n % 37 + 0.5 for n in range(N)])
    data = read(frame)
    assert set(data.interactions["user_id"]) == {str(n) for n in range(30)}
    assert "0.5" in set(data.interactions["item_id"])
    # In JSON, 12.0 is the same number as 12.
    assert quietly(frame).quality.notes["user: whole numbers written as 12.0, read as 12"] == N


def test_blanks_around_ids_are_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("user_id, item_id, timestamp\nu1, i1, 1572154174\nu1 , i2, 1572154175\n")
    assert quietly(path).interactions.select("user_id", "item_id").rows() == [("u1", "i1"), ("u1", "i2")]


def test_ids_that_do_not_join_are_shown() -> None:
    items = pl.DataFrame({"item_id": [f"I{n}" for n in range(37)], "title": [f"Title {n}" for n in range(37)]})
    with pytest.warns(SeqrecWarning, match="the interactions have 'i0', and it has 'I0': upper and lower case differ"):
        seqrec.read(table(), items=items)


def test_one_user_with_an_absurd_share_is_named() -> None:
    users = ["0" if n < 40 else f"u{n % 200}" for n in range(N)]
    with pytest.warns(SeqrecWarning, match=r"'0' has 40 interactions, 13.3% of all"):
        seqrec.read(table(user_id=users))


def test_days_and_months(read: Reader) -> None:
    days = [f"{n % 28 + 1}/1/2019 6:30 PM" for n in range(N)]
    assert read(table(timestamp=days)).interactions["timestamp"][1] == datetime(2019, 1, 2, 18, 30, tzinfo=UTC)
    unclear = table(timestamp=["1/2/2019"] * N)
    with pytest.raises(DataError, match="such as 1/2/2019, whose day and month nothing tells apart"):
        read(unclear)
    assert read(unclear, time_unit="mdy").interactions["timestamp"][0] == datetime(2019, 1, 2, tzinfo=UTC)


def test_a_time_that_cant_be_read_is_shown(read: Reader) -> None:
    with pytest.raises(DataError) as caught:
        read(table(timestamp=["2019-10-27"] + ["the day before"] * (N - 1)))
    assert "'the day before'" in caught.value.got
    assert "2019/10/01" in caught.value.remedy


def test_an_optional_value_costs_no_row(read: Reader) -> None:
    data = read(table(stars=["many" if n < 150 else "5.0" for n in range(N)]), value="stars")
    assert data.rejects.is_empty()
    assert data.interactions["value"].null_count() == data.quality.notes["value: no number, so null"] == 150


# The same on files that once were read wrongly.


def test_case_01() -> None:
    data = quietly(shared_case("01-time-suffix-utc", "events.csv"), item="product_id", time="event_time")
    assert data.interactions.height == 600
    assert set(data.interactions["timestamp"].dt.year()) == {2017, 2018}


@pytest.mark.parametrize("name", ["mixed", "big_mixed", "big_placeholder_numbers", "big_zeros"])
def test_case_06_stops(name: str) -> None:
    path = shared_case("06-mixed-units-and-zero-times", f"{name}.csv")
    with pytest.raises(DataError, match="too many bad lines"):
        quietly(path)
    assert quietly(path, max_rejected=0.5).interactions["timestamp"].dt.year().min() == 2017


@pytest.mark.parametrize(("name", "n"), [("zeros", 58), ("minus_one", 4), ("big_clean", 0)])
def test_case_06_reads(name: str, n: int) -> None:
    data = quietly(shared_case("06-mixed-units-and-zero-times", f"{name}.csv"))
    assert data.quality.set_aside == ({"unknown time": n} if n else {})
    assert data.interactions["timestamp"].dt.year().min() == 2017


def test_case_06_is_learnt_from() -> None:
    data = quietly(shared_case("06-mixed-units-and-zero-times", "big_clean.csv"))
    split = seqrec.prepare(data, "leave_one_out")
    found = seqrec.evaluate(seqrec.fit("markov", split), split)
    assert found["ndcg_at_20"] == pytest.approx(0.8344, abs=5e-5)


@pytest.mark.parametrize("name", ["v1", "v2odd", "v2u"])
def test_case_16(name: str) -> None:
    data = quietly(shared_case("16-steam-variants", name), dataset="steam", metadata="none" if name == "v1" else "any")
    assert data.interactions.height == 600


@pytest.mark.parametrize(
    ("name", "dataset", "settings"),
    [
        ("a23_desc_text", "amazon_2023", {}),
        ("a23_rating_text", "amazon_2023", {"metadata": False}),
        ("yelp_stars_text", "yelp", {}),
    ],
)
def test_case_20(name: str, dataset: str, settings: dict[str, object]) -> None:
    data = quietly(shared_case("20-optional-fields-of-another-type", name), dataset=dataset, **settings)
    assert (data.interactions.height, data.rejects.height) == (418, 0)
    assert data.interactions["value"].null_count() == 0
    assert any(note.endswith("written as another type, but read") for note in data.quality.notes)


@pytest.mark.parametrize("name", ["empty_quoted", "hive", "na", "nan", "none", "null", "undefined"])
def test_case_24(name: str) -> None:
    path = shared_case("24-null-words-as-ids", f"{name}.csv")
    with pytest.raises(DataError, match=r"\(no user\)"):
        quietly(path)
    data = quietly(path, max_rejected=0.1)
    assert data.quality.events.n_users == 300
    assert set(data.quality.set_aside) == {"no user"}


def test_case_24_of_sessions() -> None:
    columns = {"user": "userId", "item": "itemId", "time": "eventdate", "delimiter": ";"}
    path = shared_case("24-null-words-as-ids", "digi.csv")
    assert quietly(path, **columns, max_rejected=0.6).quality.set_aside == {"no user": 1_800}
    assert quietly(path, **columns | {"user": "sessionId"}).interactions.height == 3_600


def test_dates_and_times_of_day_in_two_columns(read: Reader) -> None:
    days = ["" if n < 5 else "31.12.2024" for n in range(N)]
    clocks = ["" if n < 50 else "18:30" for n in range(N)]
    data = read(table(day=days, clock=clocks), time=["day", "clock"], time_zone="Europe/Berlin")
    times = data.interactions["timestamp"].value_counts(sort=True)
    assert dict(times.iter_rows()) == {
        datetime(2024, 12, 31, 17, 30, tzinfo=UTC): 250,
        datetime(2024, 12, 30, 23, tzinfo=UTC): 45,
    }
    assert data.quality.set_aside == {"no readable time": 5}
    assert data.quality.notes["day clock: texts with the day in front"] == N - 5


def test_dates_and_times_of_day_as_files_have_them(read: Reader) -> None:
    moments = [datetime(2024, 12, 31, n % 24, n % 60, 7) for n in range(N)]  # noqa: DTZ001 - files tell no zone
    days, clocks = [moment.date() for moment in moments], [moment.time() for moment in moments]
    typed = read(table(day=days, clock=clocks), time=["day", "clock"])
    assert typed.interactions["timestamp"].to_list() == [moment.replace(tzinfo=UTC) for moment in moments]
    numbers = [int(f"{clock:%H%M%S}") for clock in clocks]
    in_digits = read(table(day=[20241231] * N, clock=numbers), time=["day", "clock"], time_unit="yyyymmdd")
    assert in_digits.interactions["timestamp"].to_list() == typed.interactions["timestamp"].to_list()


def test_a_missing_column_of_times_of_day_is_named(read: Reader) -> None:
    with pytest.raises(DataError, match="expected a column 'clock'") as caught:
        read(table(), time=["timestamp", "clock"])
    assert "the argument time" in caught.value.remedy


def test_a_pair_of_columns_holds_dates() -> None:
    with pytest.raises(ConfigError, match="one of times of day, so time_unit must be one of"):
        seqrec.read(table(), time=["day", "clock"], time_unit="s")


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ConfigError, match="'Mars/Base' is no time zone"):
        seqrec.read(table(), time_zone="Mars/Base")


def test_dates_of_excel(read: Reader) -> None:
    data = read(table(timestamp=[45_292.25 + n for n in range(N)]))
    assert data.interactions["timestamp"][0] == datetime(2024, 1, 1, 6, tzinfo=UTC)
    assert data.quality.has_times


@pytest.mark.parametrize("time", ["", ["day"], ["day", ""], 1.5])
def test_a_wrong_column_is_one_mistake(time: object) -> None:
    with pytest.raises(ConfigError) as caught:
        seqrec.read(table(), time=time)
    assert caught.value.subject == "read: events.time"
    column = "text that is not empty or a whole number of at least 0"
    assert caught.value.expected == f"{column} or a list of 2, each {column}"


def test_what_is_tolerated_is_an_argument(read: Reader) -> None:
    users = ["" if n < 150 else f"u{n % 30}" for n in range(N)]
    with pytest.raises(DataError, match=r"raise the argument max_rejected, a share of the rows"):
        read(table(user_id=users))
    assert read(table(user_id=users), max_rejected=0.5).quality.events.n_interactions == 150
    far = [(0 if n < 150 else 1_000_000_000) + 500_000_000 for n in range(N)]
    with pytest.raises(DataError, match=r"raise the argument max_rejected, which is a share of all rows"):
        read(table(timestamp=far))


@pytest.mark.parametrize(("first", "is_named"), [(45_292, True), (1, False)])
def test_whole_days_of_excel_may_be_positions(first: int, *, is_named: bool) -> None:
    data = quietly(table(timestamp=[first + n for n in range(N)]))
    (notice,) = (notice for notice in notices(data.quality) if notice.what == "No times")
    assert ("time_unit = 'excel'" in notice.remedy) == is_named
