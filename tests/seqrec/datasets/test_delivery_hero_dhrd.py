from datetime import UTC, datetime
from pathlib import Path

import pytest

from seqrec.datasets.delivery_hero_dhrd import Config
from seqrec.datasets.errors import RejectLog
from seqrec.errors import DataError
from tests.seqrec.datasets.dumps import delivery_hero_dhrd as dump
from tests.seqrec.datasets.files import interactions_of, items_of, places, write

HEADER = "customer_id,vendor_id,product_id,order_time,order_day\n"
GOOD = "c,v,p,12:00:00,3 days\n"


def orders(folder: Path, train: str, test: str = GOOD) -> Config:
    write(folder / "orders_se_train.txt", HEADER + train)
    write(folder / "orders_se_test.txt", HEADER + test)
    return Config(metadata=False)


def test_interactions_and_their_parts(tmp_path: Path) -> None:
    assert interactions_of(dump.write(tmp_path), tmp_path).rows() == [
        ("c1", "v1:p1", datetime(1970, 1, 1, 18, 5, tzinfo=UTC), 0, None, "train"),
        ("c1", "v1:p2", datetime(1970, 1, 1, 18, 5, tzinfo=UTC), 1, None, "train"),
        ("c2", "v2:p1", datetime(1970, 1, 12, 9, 30, 59, tzinfo=UTC), 2, None, "train"),
        ("c1", "v2:p1", datetime(1970, 3, 22, tzinfo=UTC), 3, None, "test"),
        ("c2", "v1:p1", datetime(1970, 3, 22, 23, 59, 59, tzinfo=UTC), 4, None, "test"),
    ]


def test_items_belong_to_their_vendor(tmp_path: Path) -> None:
    assert items_of(dump.write(tmp_path), tmp_path).rows() == [
        ("v1:p1", "Köttbullar, stor", None, ["swedish"], None),
        ("v1:p2", "Läsk 33cl", None, ["swedish"], None),
        ("v2:p1", 'Sushi "Lyx"', None, None, None),
    ]


def test_a_basket_is_a_tie_in_the_order_of_the_dump(tmp_path: Path) -> None:
    rows = "".join(f"c,v,p{i},12:00:00,3 days\n" for i in (3, 1, 2))
    events = interactions_of(orders(tmp_path, rows), tmp_path).head(3)
    assert events["timestamp"].n_unique() == 1
    assert events.sort("position")["item_id"].to_list() == ["v:p3", "v:p1", "v:p2"]


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        ("0 days", "00:00:00", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1 day", "00:00:01", datetime(1970, 1, 2, 0, 0, 1, tzinfo=UTC)),
        (" 90 days 00:00:00", " 23:59:59", datetime(1970, 4, 1, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_from_the_start(tmp_path: Path, day: str, time: str, moment: datetime) -> None:
    config = orders(tmp_path, f"c,v,p,{time},{day}\n")
    assert interactions_of(config, tmp_path)["timestamp"][0] == moment


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (",v,p,12:00:00,3 days", "no customer_id"),
        ("c,,p,12:00:00,3 days", "no vendor_id:product_id"),
        ("c,v, ,12:00:00,3 days", "no vendor_id:product_id"),
        ("c,v,p,24:00:00,3 days", "no readable time"),
        ("c,v,p,noon,3 days", "no readable time"),
        ("c,v,p,,3 days", "no readable time"),
        ("c,v,p,12:00:00,", "no readable time"),
        ("c,v,p,12:00:00,3", "no readable time"),
        ("c,v,p,12:00:00,99999999999999999999 days", "no readable time"),
        ("c,v,p,12:00:00,999999 days", "impossible time"),
        ("c,v,p,12:00:00,-1 days", "impossible time"),
        ("c,v,p,12:00:00", "wrong number of fields"),
    ],
)
def test_a_bad_order_is_set_aside(tmp_path: Path, bad: str, reason: str) -> None:
    config, rejects = orders(tmp_path, f"{GOOD}{bad}\n{GOOD}"), RejectLog()
    assert interactions_of(config, tmp_path, rejects).height == 3
    assert places(rejects) == [(3, reason)]


@pytest.mark.parametrize("place", ["data_sg", "."])
@pytest.mark.parametrize("end", ["", ".gz"])
def test_other_cities_folders_and_gzip(tmp_path: Path, place: str, end: str) -> None:
    (tmp_path / place).mkdir(exist_ok=True)
    texts = {"orders_sg_train": dump.TRAIN, "orders_sg_test": dump.TEST}
    texts |= {"products_sg": dump.PRODUCTS, "vendors_sg": dump.VENDORS}
    for name, text in texts.items():
        write(tmp_path / place / f"{name}.txt{end}", text)
    config = Config(city="sg")
    assert [file.name for file in config.files(tmp_path)] == [f"{name}.txt{end}" for name in texts]
    assert interactions_of(config, tmp_path).height == dump.N_INTERACTIONS
    assert items_of(config, tmp_path).height == dump.N_ITEMS
    assert config.label == "delivery_hero_dhrd-sg"


def test_only_bad_vendors_are_reported(tmp_path: Path) -> None:
    config = dump.write(tmp_path)
    write(tmp_path / "vendors_se.txt", "vendor_id,primary_cuisine\nv1,swedish\n,thai\nv1,again\nv2,sushi,more\n")
    rejects = RejectLog()
    assert items_of(config, tmp_path, rejects)["categories"].to_list() == [["swedish"], ["swedish"], None]
    assert sorted(places(rejects)) == [(3, "no vendor_id"), (5, "wrong number of fields")]


def test_products_are_unique_in_their_vendor(tmp_path: Path) -> None:
    config = dump.write(tmp_path)
    write(tmp_path / "products_se.txt", "vendor_id,product_id,name\nv1,p,Soup\nv2,p,Soup\nv1,p,Soppa\nv1,,Nothing\n")
    rejects = RejectLog()
    assert items_of(config, tmp_path, rejects)["item_id"].to_list() == ["v1:p", "v2:p"]
    assert sorted(places(rejects)) == [(4, "duplicate item"), (5, "no vendor_id:product_id")]


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("orders_se_train.txt", "order_day"),
        ("orders_se_test.txt", "customer_id"),
        ("products_se.txt", "name"),
        ("vendors_se.txt", "primary_cuisine"),
    ],
)
def test_a_missing_column(tmp_path: Path, file: str, column: str) -> None:
    config = dump.write(tmp_path)
    write(tmp_path / file, (tmp_path / file).read_text().replace(column, "other", 1))
    with pytest.raises(DataError) as caught:
        [interactions_of(config, tmp_path), items_of(config, tmp_path)]
    assert caught.value.subject.endswith(file)
    assert caught.value.expected == f"a column '{column}'"


def test_missing_files(tmp_path: Path) -> None:
    orders(tmp_path, GOOD)
    with pytest.raises(DataError) as caught:
        Config().files(tmp_path)
    assert "products_se.txt or products_se.txt.gz" in caught.value.expected
    assert "dataset.metadata = false" in caught.value.remedy
    assert len(Config(metadata=False).files(tmp_path)) == 2
    assert Config(metadata=False).item_files(tmp_path) == ()
