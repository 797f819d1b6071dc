from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from seqrec.datasets.amazon_2014 import Config
from seqrec.datasets.errors import RejectLog
from seqrec.errors import DataError
from tests.seqrec.datasets.files import interactions_of, items_of, places, write
from tests.shared_data import shared_data

REVIEWS = "\n".join(
    [
        '{"reviewerID": "U1", "asin": "A", "unixReviewTime": 1365984000, "overall": 5.0, "helpful": [1, 2]}',
        '{"reviewerID": "U2", "asin": "A", "reviewTime": "04 5, 2013"}',
        '{"reviewerID": "U2", "asin": "B", "unixReviewTime": 0}',
        '{"reviewerID": "U2", "asin": "B", "unixReviewTime": 4102444801}',
        '{"reviewerID": "", "asin": "B", "unixReviewTime": 1365984000}',
        '{"reviewerID": "U3", "unixReviewTime": 1365984000}',
        '{"reviewerID": "U3", "asin": "B", "reviewTime": "someday"}',
        "oops",
        '{"reviewerID": "U3", "asin": "B", "unixReviewTime": 1365984000, "reviewTime": "04 15, 2013"}',
    ]
)
META = "\n".join(
    [
        "{'asin': 'A', 'title': 'Cr&egrave;', 'brand': ' ', 'categories': [['Beauty', 'Skin'], ['Beauty']]}",
        "{'asin': 'B', 'title': ''}",
        "{'asin': 'A', 'title': 'again'}",
        "{'title': 'no id'}",
    ]
)


def test_interactions(tmp_path: Path) -> None:
    write(tmp_path / "reviews_Beauty_5.json.gz", REVIEWS)
    rejects = RejectLog()
    rows = interactions_of(Config(), tmp_path, rejects).rows()
    assert rows == [
        ("U1", "A", datetime(2013, 4, 15, tzinfo=UTC), 0, 5.0),
        ("U2", "A", datetime(2013, 4, 5, tzinfo=UTC), 1, None),
        ("U3", "B", datetime(2013, 4, 15, tzinfo=UTC), 2, None),
    ]
    assert sorted(places(rejects)) == [
        (3, "unknown time"),
        (4, "impossible time"),
        (5, "no reviewerID"),
        (6, "no asin"),
        (7, "no readable time"),
        (8, "not JSON"),
    ]


def test_items(tmp_path: Path) -> None:
    write(tmp_path / "meta_Beauty.json.gz", META)
    rejects = RejectLog()
    assert items_of(Config(), tmp_path, rejects).rows() == [
        ("A", "Crè", None, ["Beauty", "Skin"], None),
        ("B", None, None, None, None),
    ]
    assert sorted(places(rejects)) == [(3, "duplicate item"), (4, "no asin")]


def test_json_metadata_is_read_too(tmp_path: Path) -> None:
    write(
        tmp_path / "meta_Beauty.json",
        '{"asin": "A", "title": "It\'s", "categories": [["x"]], "description": "d"}',
    )
    assert items_of(Config(), tmp_path).rows() == [("A", "It's", None, ["x"], "d")]


@pytest.mark.parametrize(
    ("core5", "there", "taken"),
    [
        (True, ("_5.json.gz", ".json.gz"), "_5.json.gz"),
        (False, ("_5.json.gz", ".json.gz"), ".json.gz"),
        (True, ("_5.json", "_5.json.gz"), "_5.json.gz"),
        (False, (".json",), ".json"),
    ],
)
def test_which_file_is_taken(tmp_path: Path, core5: bool, there: tuple[str, ...], taken: str) -> None:
    for end in there:
        write(tmp_path / f"reviews_Toys{end}", "x")
    files = Config(category="Toys", core5=core5, metadata=False).files(tmp_path)
    assert [file.name for file in files] == [f"reviews_Toys{taken}"]


def test_metadata_may_be_absent_only_if_not_requested(tmp_path: Path) -> None:
    write(tmp_path / "reviews_Beauty_5.json", "x")
    with pytest.raises(DataError) as caught:
        Config().files(tmp_path)
    assert caught.value.expected == "meta_Beauty.json.gz or meta_Beauty.json"
    assert "dataset.metadata = false" in caught.value.remedy
    config = Config(metadata=False)
    assert len(config.files(tmp_path)) == 1
    assert config.item_files(tmp_path) == ()


def test_missing_reviews_name_every_file_that_would_do(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        Config().files(tmp_path)
    for name in ("reviews_Beauty_5.json.gz", "reviews_Beauty_5.json"):
        assert name in caught.value.expected


@pytest.mark.parametrize(("core5", "there"), [(True, ""), (False, "_5")], ids=["whole", "core"])
def test_one_form_never_replaces_the_other(tmp_path: Path, core5: bool, there: str) -> None:
    write(tmp_path / f"reviews_Beauty{there}.json.gz", REVIEWS)
    with pytest.raises(DataError) as caught:
        Config(core5=core5, metadata=False).files(tmp_path)
    assert f"set dataset.core5 = {str(not core5).lower()} to read" in caught.value.remedy


def test_a_file_without_one_usable_line(tmp_path: Path) -> None:
    write(tmp_path / "reviews_Beauty_5.json", '{"user": "U"}\n' * 5)
    with pytest.raises(DataError, match=r"no usable line: 5 bad of 5 read, the first at line 1 \(no reviewerID\)"):
        interactions_of(Config(), tmp_path)


def test_label() -> None:
    assert Config().label == "amazon_2014-beauty"
    assert Config(core5=False).label == "amazon_2014-beauty-whole"


def test_a_category_is_no_path() -> None:
    with pytest.raises(ValidationError):
        Config(category="../Beauty")


@pytest.mark.parametrize(
    ("category", "n_interactions", "n_users", "n_items", "n_titles"),
    [("Beauty", 198_502, 22_363, 12_101, 12_094), ("Sports_and_Outdoors", 296_337, 35_598, 18_357, 0)],
)
def test_published_sizes(category: str, n_interactions: int, n_users: int, n_items: int, n_titles: int) -> None:
    data = shared_data("amazon_2014")
    config, rejects = Config(category=category), RejectLog()
    events, items = interactions_of(config, data, rejects), items_of(config, data, rejects)
    assert (events.height, events["user_id"].n_unique(), events["item_id"].n_unique()) == (
        n_interactions,
        n_users,
        n_items,
    )
    assert items["item_id"].n_unique() == items.height == n_items
    assert items["title"].count() == n_titles
    assert events["timestamp"].max() == datetime(2014, 7, 23, tzinfo=UTC)
    assert rejects.count == 0
