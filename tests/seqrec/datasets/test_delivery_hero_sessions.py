from datetime import UTC, datetime
from pathlib import Path

import pytest

from seqrec.datasets.delivery_hero_sessions import Config
from seqrec.datasets.errors import RejectLog
from seqrec.errors import DataError
from tests.seqrec.datasets.dumps import delivery_hero_sessions as dump
from tests.seqrec.datasets.files import interactions_of, items_of, places, write

ONLY_SESSIONS = Config(metadata=False)


def test_interactions(tmp_path: Path) -> None:
    assert interactions_of(dump.write(tmp_path), tmp_path).rows() == [
        ("0", "17", datetime(2022, 6, 1, tzinfo=UTC), 0, 1.0),
        ("0", "4", datetime(2022, 6, 1, 0, 1, tzinfo=UTC), 1, 1.0),
        ("1", "17", datetime(2022, 6, 1, 0, 1, 40, tzinfo=UTC), 2, 1.0),
        ("0", "17", datetime(2022, 6, 1, 0, 2, tzinfo=UTC), 3, 1.0),
    ]


def test_items(tmp_path: Path) -> None:
    assert items_of(dump.write(tmp_path), tmp_path).rows() == [
        ("4", "Milk, 1 l", None, None, None),
        ("17", "Bananas & more", None, None, None),
        ("23", 'Crisps "Paprika" Family pack', None, None, None),
    ]


@pytest.mark.parametrize("time", ["1654041600", "1654041600.0", "1654041600000", "2022-06-01 00:00:00"])
def test_the_rows_tell_the_unit_of_time(tmp_path: Path, time: str) -> None:
    write(tmp_path / "s.csv.gz", f"SessionId,ItemId,Time\r\n0,17,{time}\r\n")
    config = Config(sessions="s.csv.gz", metadata=False)
    assert interactions_of(config, tmp_path).rows() == [("0", "17", datetime(2022, 6, 1, tzinfo=UTC), 0, None)]


def test_bad_rows_are_set_aside(tmp_path: Path) -> None:
    rows = ["0,17,1654041600,1", ",17,1654041600,1", "0,,1654041600,1", "0,17,,1", "0,17,-7,1", "0,17,1654041600,inf"]
    write(tmp_path / "sessions.csv", "\n".join(["SessionId,ItemId,Time,Reward", *rows, "0,17"]))
    rejects = RejectLog()
    assert interactions_of(ONLY_SESSIONS, tmp_path, rejects)["value"].to_list() == [1.0, None]
    assert sorted(places(rejects)) == [
        (3, "no SessionId"),
        (4, "no ItemId"),
        (5, "no readable time"),
        (6, "unknown time"),
        (8, "wrong number of fields"),
    ]


@pytest.mark.parametrize("missing", ["SessionId", "ItemId", "Time"])
def test_a_missing_column(tmp_path: Path, missing: str) -> None:
    write(tmp_path / "sessions.csv", dump.SESSIONS.replace(missing, "other"))
    with pytest.raises(DataError) as caught:
        interactions_of(ONLY_SESSIONS, tmp_path)
    assert caught.value.subject.endswith("sessions.csv")
    assert caught.value.expected == f"a column '{missing}'"
    assert "other" in caught.value.got
    assert "the dataset 'table'" in caught.value.remedy


def test_products_are_unique(tmp_path: Path) -> None:
    write(tmp_path / "products.csv", ",global_product_id,name\n0,4,Milk\n1,4,Milch\n2,,Nothing\n")
    rejects = RejectLog()
    assert items_of(Config(), tmp_path, rejects)["title"].to_list() == ["Milk"]
    assert sorted(places(rejects)) == [(3, "duplicate item"), (4, "no global_product_id")]


def test_missing_files(tmp_path: Path) -> None:
    write(tmp_path / "sessions.csv", "x")
    with pytest.raises(DataError) as caught:
        Config(products="names.csv").files(tmp_path)
    assert caught.value.expected == "names.csv"
    assert "dataset.products" in caught.value.remedy
    assert [file.name for file in ONLY_SESSIONS.files(tmp_path)] == ["sessions.csv"]
    assert ONLY_SESSIONS.item_files(tmp_path) == ()
    assert Config().label == "delivery_hero_sessions"
