"""Guesses of the meaning of columns, by names and by values."""

from datetime import time
from pathlib import Path

import polars as pl
import pytest

from seqrec.errors import DataError
from seqrec.starter.guess import CatalogueGuess, EventsGuess, guess_catalogue, guess_events
from seqrec.starter.sample import read_sample
from tests.seqrec.starter.shop import articles, orders, write


def guessed(folder: Path, frame: pl.DataFrame, items: pl.DataFrame | None = None) -> EventsGuess:
    """Return the guesses for a table, together with a table of items."""
    sample = read_sample(write(frame, folder / "events.parquet"))
    return guess_events(sample, None if items is None else read_sample(write(items, folder / "items.parquet")))


def columns(guess: EventsGuess | CatalogueGuess) -> dict[str, str | None]:
    """Return the column of each key."""
    return {guess.key: guess.column for guess in guess.guesses}


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_names_and_dates_in_every_format(tmp_path: Path, suffix: str) -> None:
    events = guess_events(read_sample(write(orders(), tmp_path / f"orders.{suffix}")))
    assert columns(events) == {
        "user": "customerID",
        "item": "article",
        "time": "ordered_date",
        "value": "star_rating",
    }
    assert (events.has_dates, events.is_numbered) == (True, False)
    catalogue = guess_catalogue(read_sample(write(articles(), tmp_path / f"articles.{suffix}")), events)
    assert columns(catalogue) == {"item": "article", "title": "article_name", "brand": "manufacturer"}


@pytest.mark.parametrize(
    ("times", "has_dates"),
    [
        (pl.Series([1_525_853_374, 1_526_297_975, 1_526_297_976]), True),
        (pl.Series([1_525_853_374_000, 1_526_297_975_000, 1_526_297_976_000]), True),
        (pl.Series([20180509, 20180510, 20180511]), True),
        (pl.Series(["2018-05-09", "2018-05-10", "2018-05-11"]), True),
        (pl.Series(["2018-05-09"] * 3).str.to_date(), False),
        (pl.Series(["2018-05-09", "2018-05-10", "2018-05-11"]).str.to_date(), True),
        (pl.Series([1_525_853_374, 1_526_297_975, 0]), False),
    ],
    ids=["seconds", "milliseconds", "days", "text", "one day", "dates", "a third unknown"],
)
def test_what_a_split_in_time_may_rely_on(tmp_path: Path, times: pl.Series, *, has_dates: bool) -> None:
    frame = pl.DataFrame({"user": ["a", "a", "b"], "item": ["x", "y", "x"], "when": times})
    events = guessed(tmp_path, frame)
    assert columns(events) == {"user": "user", "item": "item", "time": "when"}
    assert (events.has_dates, events.is_numbered) == (has_dates, False)


@pytest.mark.parametrize(
    ("days", "clocks"),
    [
        (pl.Series(["31.12.2024", "30.12.2024", "29.12.2024"]), pl.Series(["18:30", "9:05", None])),
        (pl.Series([20241231, 20241230, 20241229]), pl.Series([183000, 90500, 1500])),
        (pl.Series(["2024-12-31", "2024-12-30", "2024-12-29"]).str.to_date(), pl.Series([time(18, 30), time(9), None])),
    ],
    ids=["text", "numbers", "types"],
)
def test_dates_and_times_of_day_are_a_pair(tmp_path: Path, days: pl.Series, clocks: pl.Series) -> None:
    frame = pl.DataFrame({"Kunde": ["a", "a", "b"], "Artikel": ["x", "y", "x"], "Datum": days, "Uhrzeit": clocks})
    events = guessed(tmp_path, frame)
    assert events.guesses[2].value == ("Datum", "Uhrzeit")
    assert (events.has_dates, events.unused) == (True, ())


@pytest.mark.parametrize(("day", "name"), [("2024-12-3{}", "duration"), ("2024-12-3{} 18:30", "time")])
def test_what_is_no_time_of_day_of_the_date(tmp_path: Path, day: str, name: str) -> None:
    days = [day.format(n) for n in range(2)]
    frame = pl.DataFrame({"user": ["a", "a"], "item": ["x", "y"], "date": days, name: ["3:25", "4:10"]})
    assert guessed(tmp_path, frame).guesses[2].value == "date"


def test_items_that_are_lists_are_noticed(tmp_path: Path) -> None:
    baskets = ["|".join(f"p{(n + k) % 9}" for k in range(1 + n % 3)) for n in range(60)]
    frame = pl.DataFrame({"user": [n % 7 for n in range(60)], "item": baskets, "date": ["2024-12-31"] * 60})
    assert guessed(tmp_path, frame).list_id == "p2|p3|p4"
    assert guessed(tmp_path, frame.with_columns(item=pl.col("item").str.head(2))).list_id is None


@pytest.mark.parametrize("name", ["position", "timestamp"])
def test_running_numbers_tell_the_order_alone(tmp_path: Path, name: str) -> None:
    events = guessed(tmp_path, pl.DataFrame({"user_id": [1, 1, 2], "item_id": [5, 6, 5], name: [0, 1, 0]}))
    assert columns(events)["time"] == name
    assert (events.has_dates, events.is_numbered) == (False, True)


def test_the_one_readable_time_among_several_named_so(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "reviewerID": ["a", "a"],
            "asin": ["x", "y"],
            "reviewTime": ["09 13, 2009", "09 14, 2009"],
            "unixReviewTime": [1_252_800_000, 1_252_886_400],
        }
    )
    assert columns(guessed(tmp_path, frame))["time"] == "unixReviewTime"


def test_a_column_of_items_is_known_by_the_table_of_items(tmp_path: Path) -> None:
    renamed = orders().rename({"article": "was", "customerID": "wer"}).drop("star_rating")
    events = guessed(tmp_path, renamed, articles().rename({"article": "nummer"}))
    assert columns(events) == {"user": "wer", "item": "was", "time": "ordered_date"}
    reasons = {guess.key: guess.reason for guess in events.guesses}
    assert reasons["item"] == 'its values are those of "nummer" in "items.parquet"'
    assert reasons["user"] == "the only other column whose values repeat"
    catalogue = guess_catalogue(read_sample(tmp_path / "items.parquet"), events)
    assert columns(catalogue)["item"] == "nummer"


def test_what_is_not_recognised_is_left_open_with_the_columns_that_are_there(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["x", "x", "y"], "b": ["1", "2", "1"], "c": ["p", "p", "q"]})
    events = guessed(tmp_path, frame)
    assert columns(events) == {"user": None, "item": None, "time": None}
    for guess in events.guesses:
        assert guess.reason.startswith('not recognised; fill in one of "a", "b", "c"')


def test_a_table_without_a_line_of_names(tmp_path: Path) -> None:
    path = tmp_path / "u.data"
    path.write_text("196\t242\t3\t881250949\n186\t302\t3\t891717742\n196\t377\t1\t878887116\n186\t242\t2\t880606923\n")
    sample = read_sample(path)
    assert (sample.dialect.header, sample.columns) == (False, ("0", "1", "2", "3"))
    events = guess_events(sample)
    assert columns(events) == {"user": None, "item": None, "time": "3", "value": "2"}
    reasons = {guess.key: guess.reason for guess in events.guesses}
    assert reasons["user"].startswith('not recognised; fill in one of "0" (such as 196), "1" (such as 242)')


def test_values_tell_users_from_items_where_no_line_names_them(tmp_path: Path) -> None:
    path = tmp_path / "ratings.dat"
    path.write_text("".join(f"u{n % 5}::{n * 7 % 37}::{n % 4 + 1}::{1_500_000_000 + n}\n" for n in range(150)))
    events = guess_events(read_sample(path))
    assert columns(events) == {"user": "0", "item": "1", "time": "3", "value": "2"}
    assert {guess.reason for guess in events.guesses if guess.key in ("user", "item")} == {
        "a guess: the ids look like those of users and items; check it"
    }


def test_atomic_files_of_recbole(tmp_path: Path) -> None:
    path = tmp_path / "x.inter"
    header = "session_id:token\titem_id_list:token_seq\titem_id:token\ttimestamp:float\n"
    path.write_text(header + "".join(f"{n % 9}\t1 2\t{n % 5}\t{1_500_000_000 + n}\n" for n in range(60)))
    events = guess_events(read_sample(path))
    assert list(columns(events).values()) == ["session_id:token", "item_id:token", "timestamp:float"]


def test_a_column_of_one_number_is_no_order(tmp_path: Path) -> None:
    frame = pl.DataFrame({"user_id": [1, 1, 2], "item_id": [5, 6, 5], "timestamp": [0, 0, 0]})
    assert columns(guessed(tmp_path, frame))["time"] is None


def test_titles_are_names_of_items_rather_than_of_groups(tmp_path: Path) -> None:
    items = pl.DataFrame({"article_id": [1, 2, 3], "group_name": ["a", "a", "b"], "prod_name": ["x", "y", "z"]})
    catalogue = guess_catalogue(read_sample(write(items, tmp_path / "i.csv")), guessed(tmp_path, orders()))
    assert columns(catalogue) == {"item": "article_id", "title": "prod_name"}


def test_lists_can_be_categories_and_nothing_else(tmp_path: Path) -> None:
    items = pl.DataFrame({"item_id": [1, 2], "title": [["a"], ["b"]], "genres": [["x", "y"], ["z"]]})
    catalogue = guess_catalogue(read_sample(write(items, tmp_path / "i.jsonl")), guessed(tmp_path, orders()))
    assert columns(catalogue) == {"item": "item_id", "categories": "genres"}


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("Kundennummer,Artikelnummer,Bestelldatum,Menge,Bezeichnung,Filiale", "Bezeichnung"),
        ("KdNr,Art.-Nr.,Datum,Stückzahl,Artikelname,Kasse", "Artikelname"),
        ("id_client,réf_produit,date_commande,quantité,libellé,magasin", "libellé"),
        ("CLIENTE,CODIGO_ARTICULO,FECHA,CANTIDAD,NOMBRE,TIENDA", "NOMBRE"),
        ("codice_cliente,prodotto,data,quantità,nome_prodotto,negozio", "nome_prodotto"),
        ("klantnummer,artikelnr,besteldatum,aantal,omschrijving,winkel", "omschrijving"),
    ],
)
def test_names_in_other_languages(tmp_path: Path, header: str, title: str) -> None:
    path, names = tmp_path / "orders.csv", header.split(",")
    rows = "".join(f"{n % 7},{n % 5:03},2019-10-{n % 28 + 1:02},{n % 3},Ding {n % 5},{n % 2}\n" for n in range(60))
    path.write_text(f"{header}\n{rows}", encoding="utf-8")
    events = guess_events(read_sample(path))
    assert list(columns(events).values()) == names[:4]
    assert events.unused == tuple(names[4:])
    assert events.titled == title
    catalogue = guess_catalogue(read_sample(path), events)
    assert columns(catalogue) == {"item": names[1], "title": title}
    assert catalogue.unused == (names[0], *names[2:4], names[5])


def test_a_name_that_differs_among_the_rows_of_an_item_is_no_title(tmp_path: Path) -> None:
    frame = pl.DataFrame({"user": ["a", "b"], "item": ["x", "x"], "date": ["2019-10-01"] * 2, "name": ["Al", "Bo"]})
    events = guessed(tmp_path, frame)
    assert (events.titled, events.unused) == (None, ("name",))


def test_values_tell_users_from_items_where_names_do_not(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "wer": [f"{n // 8:03}" for n in range(160)],
            "was": [f"{n * 7 % 13:03}" for n in range(160)],
            "Preis je Stück": [n % 13 + 0.5 for n in range(160)],
            "wann": [f"2019-{n // 20 + 1:02}-{n % 20 + 1:02}" for n in range(160)],
        }
    )
    events = guessed(tmp_path, frame)
    assert columns(events) == {"user": "wer", "item": "was", "time": "wann"}
    reason = "a guess: the times of a user lie closer together than those of an item; check it"
    assert {guess.reason for guess in events.guesses[:2]} == {reason}


@pytest.mark.parametrize("name", ["names.csv", "broken.csv", "lists.parquet"])
def test_a_table_without_a_row_that_can_be_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "lists.parquet":
        pl.DataFrame({"user_id": [[1], [2]]}).write_parquet(path)
    else:
        path.write_bytes(b"user_id,item_id\n" + b"u,\x81\n" * (name == "broken.csv"))
    with pytest.raises(DataError, match="no row that can be read") as caught:
        read_sample(path)
    assert "user_id" in caught.value.got


def test_lines_that_can_not_be_read_do_not_count(tmp_path: Path) -> None:
    path = write(orders(), tmp_path / "orders.jsonl")
    path.write_text("{broken\n" + path.read_text())
    assert columns(guess_events(read_sample(path)))["user"] == "customerID"


def test_a_table_of_one_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="one column, words") as caught:
        guessed(tmp_path, pl.DataFrame({"words": ["a", "b"]}))
    assert "write it with one of the delimiters" in caught.value.remedy


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b'[\n{"user": 1},\n{"user": 2}\n', "a JSON array without an end"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "a spreadsheet"),
        (b"SQLite format 3\x00\x10", "an SQLite database"),
        (bytes(100), "text with zero bytes"),
        (bytes(range(256)) * 20, "first line"),
        (b"", "an empty file"),
        (b"user,item,item\n1,2,3\n", "two columns 'item'"),
    ],
    ids=["array", "spreadsheet", "sqlite", "zeros", "bytes", "empty", "twice"],
)
def test_what_is_no_table_has_an_error_of_its_own(tmp_path: Path, content: bytes, got: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_sample(path)
    assert got in caught.value.got


def test_a_folder_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="got a folder") as caught:
        read_sample(tmp_path)
    assert f"'{tmp_path}/*.csv'" in caught.value.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        read_sample(tmp_path / "nowhere.csv")
