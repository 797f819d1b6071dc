import gzip
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from seqrec.datasets.errors import LINE, RejectLog
from seqrec.datasets.table import Catalogue, Config, Events
from seqrec.errors import DataError
from seqrec.ingest.ingest import ingest
from seqrec.ingest.sink import ArrowSink
from seqrec.ingest.step import Step
from tests.seqrec.datasets.files import interactions_of, items_of, places, write
from tests.seqrec.datasets.tables import DAY, EVENTS, EXPECTED, T, config


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e.csv", f"user,item,time,stars\n7,a,{T},5\n8,b,{T},\n"),
        ("e.csv.gz", f"user,item,time,stars\r\n7,a,{T},5\r\n8,b,{T},\r\n"),
        ("e.csv", f"\ufeff\nstars,extra,time,item,user\n5,x,{T},a,7\n,y,{T},b,8"),
        ("e.csv", f'user,item,time,stars\n"7","a",{T},"5"\n8,b,{T},\n'),
        ("e.csv", "user,item,time,stars\n7,a,2013-04-15,5\n8,b,2013-04-15T00:00:00Z,\n"),
        ("e.tsv", f"user\titem\ttime\tstars\n7\ta\t{T}\t5\n8\tb\t{T}\t\n"),
        ("e.inter", f"user\titem\ttime\tstars\n7\ta\t{T}.0\t5\n8\tb\t{T}.0\t\n"),
        ("e.txt", f"user,item,time,stars\n7,a,{T}000,5\n8,b,{T}000,\n"),
        ("e.jsonl", f'{{"user":7,"item":"a","time":{T},"stars":5}}\n{{"user":8,"item":"b","time":{T}}}'),
        (
            "e.json.gz",
            f'{{"user":7,"item":"a","time":"{T}","stars":5}}\n{{"user":8,"item":"b","time":"{T}"}}',
        ),
    ],
)
def test_text_formats(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path / name, text)
    rejects = RejectLog()
    assert interactions_of(config(name), tmp_path, rejects).rows() == EXPECTED
    assert rejects.count == 0


@pytest.mark.parametrize(
    "times",
    [
        pl.Series([T, T]),
        pl.Series([T * 1000, T * 1000]),
        pl.Series([float(T), float(T)]),
        pl.Series(["2013-04-15", "2013-04-15 00:00:00"]),
        pl.Series([DAY.date()] * 2),
        pl.Series([DAY.replace(tzinfo=None)] * 2, dtype=pl.Datetime("ms")),
        pl.Series([DAY] * 2).dt.convert_time_zone("Asia/Tokyo"),
    ],
)
def test_parquet(tmp_path: Path, times: pl.Series) -> None:
    frame = pl.DataFrame({**EVENTS, "user": [7, 8]}).with_columns(times.alias("time"))
    frame.write_parquet(tmp_path / "events")
    assert interactions_of(config("events"), tmp_path).rows() == EXPECTED


def test_without_header_columns_go_by_position(tmp_path: Path) -> None:
    write(tmp_path / "ratings.csv", f"7,a,5.0,{T}\n8,b,,{T}\n")
    events = config("ratings.csv", header=False, user="0", item="1", value="2", time="3")
    assert interactions_of(events, tmp_path).rows() == EXPECTED


def test_positions_are_no_times_since_1970(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", "user,item,time\n7,a,1\n")
    with pytest.raises(DataError, match="positions in an order, such as 1; expected milliseconds"):
        interactions_of(config("e.csv", value=None, time_unit="ms"), tmp_path)


@pytest.mark.parametrize("name", ["e.csv", "e.parquet"])
def test_dates_as_numbers_are_dates(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"user": ["7", "8"], "item": ["a", "b"], "time": [20130415, 20130416]})
    (frame.write_csv if name == "e.csv" else frame.write_parquet)(tmp_path / name)
    assert interactions_of(config(name, value=None), tmp_path)["timestamp"].to_list() == [DAY, DAY + timedelta(days=1)]
    with pytest.raises(DataError) as caught:
        interactions_of(config(name, value=None, time_unit="s"), tmp_path)
    assert "'time' that are dates such as 20190131, such as 20130415" in caught.value.got
    assert "dataset.events.time_unit" in caught.value.remedy


def test_bad_lines_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    lines = [
        "user,item,time,stars",
        f"7,a,{T},5",
        f"8,b,{T}",
        f"8,b,{T},1,2",
        "",
        f'8,"b,{T},1',
        f",b,{T},1",
        f"8, ,{T},1",
        "8,b,,1",
        "8,b,soon,1",
        "8,b,-5,1",
        "8,b,99999999999,1",
        f"8,b,{T},many",
        f"8,b,{T},",
    ]
    raw = "\n".join(lines).encode().replace(b"many", b"many\n\xff,b,1,1")
    write(tmp_path / "e.csv", raw)
    rejects = RejectLog()
    assert interactions_of(config("e.csv"), tmp_path, rejects)["value"].to_list() == [5.0, None, None]
    assert sorted(places(rejects)) == [
        (3, "wrong number of fields"),
        (4, "wrong number of fields"),
        (6, "broken quotes"),
        (7, "no user"),
        (8, "no item"),
        (9, "no readable time"),
        (10, "no readable time"),
        (11, "unknown time"),
        (12, "impossible time"),
        (14, "not UTF-8"),
    ]


@pytest.mark.parametrize(
    ("column", "key", "guess"), [("usr", "user", "user"), ("Item", "item", "item"), ("when", "time", None)]
)
def test_missing_column(tmp_path: Path, column: str, key: str, guess: str | None) -> None:
    write(tmp_path / "e.csv", f"user,item,time,stars\n7,a,{T},5\n")
    with pytest.raises(DataError) as caught:
        interactions_of(config("e.csv", **{key: column}), tmp_path)
    assert caught.value.subject.endswith("e.csv")
    assert caught.value.expected == f"a column '{column}'"
    assert caught.value.got == "the columns user, item, time, stars"
    assert f"dataset.events.{key}" in caught.value.remedy
    assert (guess is not None) == ("Did you mean" in caught.value.remedy)
    if guess is not None:
        assert f"'{guess}'" in caught.value.remedy


@pytest.mark.parametrize("name", ["e.csv", "e.jsonl", "e.parquet"])
def test_no_time_at_all(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"user": ["7"], "item": ["a"]})
    {"e.csv": frame.write_csv, "e.jsonl": frame.write_ndjson, "e.parquet": frame.write_parquet}[name](tmp_path / name)
    with pytest.raises(DataError) as caught:
        interactions_of(config(name, value=None), tmp_path)
    assert "needs a column of times" in caught.value.remedy


def test_lists_are_no_ids(tmp_path: Path) -> None:
    write(tmp_path / "e.jsonl", f'{{"user":["7"],"item":"a","time":{T},"stars":1}}\n')
    with pytest.raises(DataError, match="a column 'user' of lists"):
        interactions_of(config("e.jsonl"), tmp_path)


def test_damaged_parquet(tmp_path: Path) -> None:
    pl.DataFrame(EVENTS).write_parquet(tmp_path / "e.parquet")
    raw = (tmp_path / "e.parquet").read_bytes()
    (tmp_path / "e.parquet").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(DataError, match="damaged Parquet file"):
        interactions_of(config("e.parquet"), tmp_path)


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("user,user\n1,2\n", "two columns 'user'"),
        ("\n \n", "first line b''"),
        ('"user\n', "first line b'\"user'"),
    ],
)
def test_no_header(tmp_path: Path, text: str, got: str) -> None:
    write(tmp_path / "e.csv", text)
    with pytest.raises(DataError) as caught:
        interactions_of(config("e.csv"), tmp_path)
    assert caught.value.got == got


def test_only_a_header(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", "user,item,time,stars\n")
    with pytest.raises(DataError, match="no usable interaction"):
        ingest(config("e.csv"), tmp_path, ArrowSink())


def test_a_night_without_orders_stops_nothing(tmp_path: Path) -> None:
    write(tmp_path / "e-1.csv", f"user,item,time,stars\n7,a,{T},5\n8,b,{T},\n")
    write(tmp_path / "e-2.csv", "user,item,time,stars\n")
    assert interactions_of(config("e-*.csv"), tmp_path).rows() == EXPECTED


def test_a_catalogue_without_items_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", f"user,item,time,stars\n7,a,{T},5\n")
    write(tmp_path / "i.csv", "item_id,title\n")
    with pytest.raises(DataError, match="no usable line"):
        ingest(Config(events=config("e.csv").events, catalogue=Catalogue(file="i.csv")), tmp_path, ArrowSink())


def test_truncated_gzip(tmp_path: Path) -> None:
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress(f"user,item,time,stars\n7,a,{T},5\n".encode())[:-6])
    with pytest.raises(DataError, match="breaks off"):
        interactions_of(config("e.csv.gz"), tmp_path)


CATALOGUE = Catalogue(file="items.csv", item="id", title="name", brand="maker", categories="tags", description="about")


def test_items_with_quotes_and_line_breaks(tmp_path: Path) -> None:
    write(
        tmp_path / "items.csv",
        "id,name,maker,tags,about\n"
        'a,"Pen, ""blue""",Orrin,Desk|Pens|Desk,"two\nlines"\n'
        'b,"left open,Orrin,x,y\n'
        "c,Cr&egrave;me,,,\n"
        "a,again,,,\n"
        ",no id,,,\n",
    )
    rejects = RejectLog()
    assert items_of(Config(catalogue=CATALOGUE), tmp_path, rejects).rows() == [
        ("a", 'Pen, "blue"', "Orrin", ["Desk", "Pens"], "two lines"),
        ("c", "Crème", None, None, None),
    ]
    assert sorted(places(rejects)) == [(4, "broken quotes"), (6, "duplicate item"), (7, "no item")]


def test_an_open_quote_swallows_nothing(tmp_path: Path) -> None:
    rows = [f"i{i},t{i},,," for i in range(50)]
    rows[10] = 'i10,"t10,,,'
    write(tmp_path / "items.csv", "\n".join(["id,name,maker,tags,about", *rows]))
    rejects = RejectLog()
    assert items_of(Config(catalogue=CATALOGUE), tmp_path, rejects).height == 49
    assert places(rejects) == [(12, "broken quotes")]


@pytest.mark.parametrize("tags", [["x", "y"], [["x"], ["x", "y"]]])
@pytest.mark.parametrize("name", ["items.jsonl", "items.parquet"])
def test_lists_of_categories(tmp_path: Path, tags: list[object], name: str) -> None:
    frame = pl.DataFrame({"id": ["a", "b"], "tags": [tags, None]})
    (frame.write_ndjson if name == "items.jsonl" else frame.write_parquet)(tmp_path / name)
    source = Catalogue(file=name, item="id", categories="tags")
    assert items_of(Config(catalogue=source), tmp_path)["categories"].to_list() == [["x", "y"], None]


def test_no_catalogue_no_items(tmp_path: Path) -> None:
    assert Config().item_files(tmp_path) == ()


def test_files(tmp_path: Path) -> None:
    write(tmp_path / "interactions.csv", "x")
    assert [file.name for file in Config().files(tmp_path)] == ["interactions.csv"]
    with pytest.raises(DataError) as caught:
        Config(catalogue=CATALOGUE).files(tmp_path)
    assert caught.value.expected == "items.csv"
    assert "dataset.catalogue.file" in caught.value.remedy


def test_labels() -> None:
    assert Config(events=Events(file="My Shop (2024).csv.gz")).label == "my-shop-2024"
    assert Config(events=Events(file="***.csv")).label == "table"
    assert Config(slug="shop").label == "shop"
    with pytest.raises(ValidationError):
        Config(slug="My Shop")


def test_the_order_of_lines_has_no_unit_of_time() -> None:
    assert Events(time="line_order", time_unit="order").time == "line_order"
    with pytest.raises(ValidationError, match="gives positions"):
        Events(time="line_order", time_unit="s")


def test_several_files_one_after_another(tmp_path: Path) -> None:
    write(tmp_path / "orders-2.csv.gz", f"user,item,time,stars\n8,b,{T},\n")
    write(tmp_path / "orders-1.jsonl", f'{{"user":7,"item":"a","time":{T}000,"stars":5}}\nx\n')
    events = config("orders-*")
    rejects = RejectLog()
    assert interactions_of(events, tmp_path, rejects).rows() == EXPECTED
    assert places(rejects) == [(2, "not JSON")]
    assert [file.name for file in events.files(tmp_path)] == ["orders-1.jsonl", "orders-2.csv.gz"]
    assert events.event_files(tmp_path) == events.files(tmp_path)
    assert events.label == "orders"


def test_a_file_without_a_column_is_named_before_any_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", f"user,item,time,stars\n7,a,{T},5\n")
    write(tmp_path / "b.csv", f"user,time,stars\n7,{T},5\n")
    table = config("*.csv")
    batches = Step().read(table.event_files(tmp_path), table.interactions)
    with pytest.raises(DataError) as caught:
        next(batches)
    assert caught.value.subject == str(tmp_path / "b.csv")
    assert caught.value.expected == "a column 'item'"


def test_files_are_judged_apart(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", f"user,item,time,stars\n7,a,{T},5\n")
    write(tmp_path / "b.csv", "user,item,time,stars\n7,a,,5\n")
    with pytest.raises(DataError, match="no usable line") as caught:
        interactions_of(config("*.csv"), tmp_path)
    assert caught.value.subject == str(tmp_path / "b.csv")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("item", ["line", "item_id"])
def test_a_column_called_line_is_like_any_other(tmp_path: Path, form: str, item: str) -> None:
    rows = pl.DataFrame({"user_id": ["u", "v"], "item_id": ["i", "j"], "line": ["A77", "B12"], "timestamp": [1, 2]})
    {"csv": rows.write_csv, "jsonl": rows.write_ndjson, "parquet": rows.write_parquet}[form](tmp_path / "e")
    config = Config(events=Events(file="e", item=item, time_unit="order"))
    assert interactions_of(config, tmp_path)["item_id"].to_list() == rows[item].to_list()


def test_the_one_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"user_id": ["u"], LINE: ["A77"], "timestamp": [1]}).write_parquet(tmp_path / "e")
    with pytest.raises(DataError) as caught:
        interactions_of(Config(events=Events(file="e", item=LINE)), tmp_path)
    assert caught.value.subject == str(tmp_path / "e")
    assert caught.value.got == f"a column '{LINE}' for dataset.events.item"
    assert "another name" in caught.value.remedy


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("item", ["*", "^.*$"])
def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path: Path, form: str, item: str) -> None:
    frame = pl.DataFrame(EVENTS).rename({"item": item})
    {"csv": frame.write_csv, "jsonl": frame.write_ndjson, "parquet": frame.write_parquet}[form](tmp_path / f"e.{form}")
    assert interactions_of(config(f"e.{form}", item=item), tmp_path).rows() == EXPECTED
