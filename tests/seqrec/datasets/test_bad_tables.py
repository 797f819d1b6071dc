from datetime import time
from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.errors import RejectLog
from seqrec.datasets.table import Catalogue
from seqrec.errors import DataError
from tests.seqrec.datasets.files import interactions_of, items_of, places, write
from tests.seqrec.datasets.tables import DAY, EVENTS, EXPECTED, T, config


@pytest.mark.parametrize("name", ["e.csv", "e.jsonl", "e.parquet"])
def test_times_in_another_unit_than_declared(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"user": ["7"] * 3, "item": ["a"] * 3, "time": [T * 1000] * 3})
    {"e.csv": frame.write_csv, "e.jsonl": frame.write_ndjson, "e.parquet": frame.write_parquet}[name](tmp_path / name)
    with pytest.raises(DataError) as caught:
        interactions_of(config(name, value=None, time_unit="s"), tmp_path)
    assert caught.value.subject == str(tmp_path / name)
    assert "milliseconds since 1970" in caught.value.got
    assert caught.value.expected == "seconds since 1970"
    assert "dataset.events.time_unit" in caught.value.remedy


def test_times_that_the_file_declares_have_no_unit(tmp_path: Path) -> None:
    pl.DataFrame({"user": ["7"], "item": ["a"], "time": [DAY]}).write_parquet(tmp_path / "e")
    assert interactions_of(config("e", value=None, time_unit="ms"), tmp_path)["timestamp"].to_list() == [DAY]


@pytest.mark.parametrize("column", ["user", "item", "time", "stars"])
@pytest.mark.parametrize(
    ("values", "what"),
    [
        (pl.Series([1, 2], dtype=pl.Duration("us")), "durations"),
        (pl.Series([time(1), time(2)]), "times of day"),
        (pl.Series([b"\xff", b"7"]), "raw bytes"),
        (pl.Series([{"a": 1}, {"a": 2}]), "lists or objects"),
    ],
)
def test_columns_that_have_no_text(tmp_path: Path, column: str, values: pl.Series, what: str) -> None:
    pl.DataFrame({**EVENTS, column: values}).write_parquet(tmp_path / "e")
    with pytest.raises(DataError) as caught:
        interactions_of(config("e"), tmp_path)
    assert caught.value.got == f"a column '{column}' of {what}"
    assert "dataset.events." in caught.value.remedy


@pytest.mark.parametrize(
    "user",
    [
        pl.Series([None, None, 7], dtype=pl.Int64),
        pl.Series([None, "", "7"]),
        pl.Series([float("nan"), None, 7.0]),
        pl.Series([" ", None, "7"], dtype=pl.Categorical),
    ],
)
def test_nulls_in_keys(tmp_path: Path, user: pl.Series) -> None:
    pl.DataFrame({"user": user, "item": ["a", "b", "c"], "time": [T] * 3}).write_parquet(tmp_path / "e")
    rejects = RejectLog()
    assert interactions_of(config("e", value=None), tmp_path, rejects)["item_id"].to_list() == ["c"]
    assert places(rejects) == [(1, "no user"), (2, "no user")]


def test_a_value_that_is_no_number_but_says_so(tmp_path: Path) -> None:
    pl.DataFrame({**EVENTS, "stars": [float("nan"), float("inf")]}).write_parquet(tmp_path / "e")
    rejects = RejectLog()
    assert interactions_of(config("e"), tmp_path, rejects)["value"].to_list() == [None, None]
    assert rejects.count == 0


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, encoding: str, form: str) -> None:
    frame = pl.DataFrame(EVENTS)
    text = frame.write_csv() if form == "csv" else frame.write_ndjson()
    write(tmp_path / "e", text.encode(encoding))
    assert interactions_of(config("e"), tmp_path).rows() == EXPECTED


def test_a_sequence_of_items_is_no_item(tmp_path: Path) -> None:
    write(tmp_path / "e.inter", f"user\titem_id_list:token_seq\ttime\tstars\n7\ta b c\t{T}\t5\n")
    with pytest.raises(DataError, match="each row of which holds several values") as caught:
        interactions_of(config("e.inter", item="item_id_list:token_seq"), tmp_path)
    assert caught.value.expected == "one value per row"
    assert "dataset.events.item" in caught.value.remedy


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-be"])
def test_another_encoding_without_a_mark_is_named(tmp_path: Path, encoding: str) -> None:
    write(tmp_path / "e.csv", f"user,item,time,stars\n7,a,{T},5\n8,b,{T},\n".encode(encoding))
    with pytest.raises(DataError, match="zero bytes") as caught:
        interactions_of(config("e.csv"), tmp_path)
    assert "Set dataset.events.encoding to the encoding of the file" in caught.value.remedy
    assert interactions_of(config("e.csv", encoding=encoding), tmp_path).rows() == EXPECTED


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_encoding_by_setting(tmp_path: Path, form: str) -> None:
    frame = pl.DataFrame({"user": [f"é{n}" for n in range(200)], "item": ["€"] * 200, "time": [T] * 200})
    write(tmp_path / "e", (frame.write_csv() if form == "csv" else frame.write_ndjson()).encode("cp1252"))
    with pytest.raises(DataError) as caught:
        interactions_of(config("e", value=None), tmp_path)
    assert "Set dataset.events.encoding" in caught.value.remedy
    found = interactions_of(config("e", value=None, encoding="cp1252"), tmp_path)
    assert found.select("user_id", "item_id").rows() == frame.select("user", "item").rows()


def test_what_an_encoding_lacks_is_set_aside(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", b"user,item,time,stars\n\x81,a,%d,5\n7,a,%d,5\n8,b,%d,\n" % (T, T, T))
    rejects = RejectLog()
    assert interactions_of(config("e.csv", encoding="cp1252"), tmp_path, rejects).rows() == EXPECTED
    assert places(rejects) == [(2, "not UTF-8")]


def test_single_lines_in_another_encoding_are_set_aside(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", f"user,item,time,stars\né,a,{T},5\n7,a,{T},5\n8,b,{T},\n".encode("latin-1"))
    rejects = RejectLog()
    assert interactions_of(config("e.csv"), tmp_path, rejects).rows() == EXPECTED
    assert places(rejects) == [(2, "not UTF-8")]


def test_mixed_line_ends(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", f"user,item,time,stars\r\n7,a,{T},5\n\r\n8,b,{T},\r\n")
    rejects = RejectLog()
    assert interactions_of(config("e.csv"), tmp_path, rejects).rows() == EXPECTED
    assert rejects.count == 0


def test_line_ends_of_an_old_mac(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", f"user,item,time,stars\r7,a,{T},5\r8,b,{T},\r")
    with pytest.raises(DataError) as caught:
        interactions_of(config("e.csv"), tmp_path)
    assert "line ends" in caught.value.remedy


def test_a_line_of_a_million_columns_is_set_aside(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", f"user,item,time,stars\n7,a,{T},5\n{',' * 1_000_000}\n8,b,{T},\n")
    rejects = RejectLog()
    assert interactions_of(config("e.csv"), tmp_path, rejects).rows() == EXPECTED
    assert places(rejects) == [(3, "wrong number of fields")]


@pytest.mark.parametrize("name", ["e.csv", "e.tsv", "e.jsonl"])
def test_a_first_line_of_many_columns(tmp_path: Path, name: str) -> None:
    names = [f"k{i}" for i in range(10_001)]
    text = {
        "e.csv": ",".join(names),
        "e.tsv": "\t".join(names),
        "e.jsonl": "{" + ",".join(f'"{name}":1' for name in names) + "}",
    }
    write(tmp_path / name, text[name])
    with pytest.raises(DataError) as caught:
        interactions_of(config(name), tmp_path)
    assert caught.value.got == "first lines with 10,001 columns"


def test_a_missing_column_among_many_names_some_of_them(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", ",".join(f"k{i}" for i in range(10_000)))
    with pytest.raises(DataError) as caught:
        interactions_of(config("e.csv"), tmp_path)
    assert caught.value.got.endswith("k11 and 9,988 more")


def test_parquet_with_text_that_is_none(tmp_path: Path) -> None:
    pl.DataFrame(EVENTS).write_parquet(tmp_path / "e.parquet", compression="uncompressed", statistics=False)
    raw = (tmp_path / "e.parquet").read_bytes()
    assert raw.count(b"\x01\x00\x00\x00b") == 1
    (tmp_path / "e.parquet").write_bytes(raw.replace(b"\x01\x00\x00\x00b", b"\x01\x00\x00\x00\xff"))
    with pytest.raises(DataError, match="damaged Parquet file"):
        interactions_of(config("e.parquet"), tmp_path)


def test_a_catalogue_that_lacks_half_of_the_items(tmp_path: Path) -> None:
    write(tmp_path / "e.csv", "user,item,time\n" + "".join(f"7,i{n},{T}\n" for n in range(10)))
    write(tmp_path / "items.csv", "id,name\n" + "".join(f"i{n},Item {n}\n" for n in range(5, 15)))
    table = config("e.csv", value=None).model_copy(
        update={"catalogue": Catalogue(file="items.csv", item="id", title="name")}
    )
    rejects = RejectLog()
    events, items = interactions_of(table, tmp_path, rejects), items_of(table, tmp_path, rejects)
    assert (events.height, items.height) == (10, 10)
    assert set(events["item_id"]) - set(items["item_id"]) == {f"i{n}" for n in range(5)}
    assert rejects.count == 0
