from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.amazon_2018 import Config
from seqrec.datasets.errors import RejectLog
from seqrec.errors import DataError
from tests.seqrec.datasets.dumps import amazon_2018
from tests.seqrec.datasets.files import interactions_of, items_of, places, write
from tests.shared_data import shared_data


def test_interactions_keep_both_of_two_equal_reviews(tmp_path: Path) -> None:
    config, rejects = amazon_2018.write(tmp_path), RejectLog()
    assert interactions_of(config, tmp_path, rejects).rows() == [
        ("A1", "B1", datetime(2018, 6, 17, tzinfo=UTC), 0, 5.0),
        ("A2", "B1", datetime(2018, 6, 14, tzinfo=UTC), 1, 5.0),
        ("A2", "B1", datetime(2018, 6, 14, tzinfo=UTC), 2, 5.0),
        ("A2", "B2", datetime(2018, 6, 2, tzinfo=UTC), 3, 5.0),
        ("A1", "B3", datetime(2018, 5, 19, tzinfo=UTC), 4, 5.0),
    ]
    assert places(rejects) == [(6, "no reviewerID")]


def test_the_ingest_is_to_set_equal_reviews_aside() -> None:
    assert Config().duplicates == "exact"


def test_items_are_cleaned_of_the_page(tmp_path: Path) -> None:
    config, rejects = amazon_2018.write(tmp_path), RejectLog()
    assert items_of(config, tmp_path, rejects).rows() == [
        ("B1", "Amazon.com & Friends $50", "Amazon", ["Gift Cards"], "Box of cards"),
        ("B2", "Gift Box", "iTunes", ["Gift Cards"], None),
        ("B3", None, "Amazon", ["Gift Cards"], None),
    ]
    assert places(rejects) == [(4, "duplicate item")]


@pytest.mark.parametrize(
    ("core5", "there", "taken"),
    [
        (True, ("_5.json.gz", ".json.gz"), "_5.json.gz"),
        (False, ("_5.json.gz", ".json.gz"), ".json.gz"),
        (False, (".json",), ".json"),
    ],
)
def test_which_file_is_taken(tmp_path: Path, core5: bool, there: tuple[str, ...], taken: str) -> None:
    for end in there:
        write(tmp_path / f"Toys{end}", "x")
    files = Config(category="Toys", core5=core5, metadata=False).files(tmp_path)
    assert [file.name for file in files] == [f"Toys{taken}"]


def test_without_metadata_there_are_no_items(tmp_path: Path) -> None:
    assert Config(metadata=False).item_files(tmp_path) == ()
    write(tmp_path / "Gift_Cards_5.json", "x")
    with pytest.raises(DataError) as caught:
        Config().files(tmp_path)
    assert "dataset.metadata = false" in caught.value.remedy


def test_label() -> None:
    assert Config().label == "amazon_2018-gift_cards"
    assert Config(core5=False).label == "amazon_2018-gift_cards-whole"


def test_times_in_milliseconds_are_named(tmp_path: Path) -> None:
    write(tmp_path / "Gift_Cards_5.json", '{"reviewerID": "A", "asin": "B", "unixReviewTime": 1529193600000}\n' * 3)
    with pytest.raises(DataError) as caught:
        interactions_of(Config(), tmp_path)
    assert caught.value.subject.endswith("Gift_Cards_5.json")
    assert "'unixReviewTime' that are milliseconds" in caught.value.got
    assert caught.value.expected == "seconds since 1970"


def test_gift_cards() -> None:
    data, rejects = shared_data("amazon_2018"), RejectLog()
    events, items = interactions_of(Config(), data, rejects), items_of(Config(), data, rejects)
    assert (events.height, events["user_id"].n_unique(), events["item_id"].n_unique()) == (2_972, 458, 148)
    assert events.height - events.select("user_id", "item_id", "timestamp").n_unique() == 3
    assert items.height == items["item_id"].n_unique() == 1_547
    assert set(events["item_id"]) <= set(items["item_id"])
    assert not items.select(pl.col("title", "brand", "description").str.contains(r"</?\w|&\w+;|\n")).to_numpy().any()
    assert rejects.count == 0
