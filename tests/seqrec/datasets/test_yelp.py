import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from seqrec.datasets import AnyDataset
from seqrec.datasets.errors import RejectLog
from seqrec.datasets.yelp import Config
from seqrec.errors import ConfigError, DataError
from seqrec.experiment_file import load_dataset
from tests.seqrec.datasets.dumps import yelp, yelp_tar
from tests.seqrec.datasets.files import interactions_of, items_of, places, write
from tests.shared_data import shared_data

GOOD = {"user_id": "u", "business_id": "b", "date": "2019-05-05 05:05:05", "stars": 4.0}


def review(**changes: object) -> str:
    return json.dumps({key: value for key, value in (GOOD | changes).items() if value != "absent"})


def test_interactions(tmp_path: Path) -> None:
    config, rejects = yelp.write(tmp_path), RejectLog()
    assert interactions_of(config, tmp_path, rejects).rows() == [
        ("anna", "diner", datetime(2019, 1, 1, tzinfo=UTC), 0, 4.0),
        ("anna", "diner", datetime(2019, 3, 5, 18, 30, 7, tzinfo=UTC), 1, 5.0),
        ("ben", "barber", datetime(2019, 7, 7, 9, 15, tzinfo=UTC), 2, 1.0),
        ("ben", "diner", datetime(2019, 12, 31, tzinfo=UTC), 3, 3.0),
    ]
    assert places(rejects) == [(1, "outside the window of dates"), (6, "outside the window of dates")]


def test_items(tmp_path: Path) -> None:
    assert items_of(yelp.write(tmp_path), tmp_path).rows() == [
        ("diner", "Sal's Diner & Grill", None, ["Diners", "Beer", "Wine & Spirits", "Restaurants"], None),
        ("barber", "The Barber", None, None, None),
    ]


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        (["start=none", "end=none"], 6),
        (["start=none"], 5),
        (["end=none"], 5),
        (["start=2019-03-05T18:30:07", "end=2019-07-07T09:15:00"], 2),
        (["start=2019-03-05 18:30:08", "end=2019-07-07 09:14:59"], 0),
        (["start=2018-12-31", "end=2019-01-01"], 2),
    ],
)
def test_both_ends_of_the_window_are_inside(tmp_path: Path, settings: list[str], kept: int) -> None:
    yelp.write(tmp_path)
    config = load_dataset("yelp", settings)
    if kept:
        assert interactions_of(config, tmp_path).height == kept
    else:
        with pytest.raises(DataError, match=r"6 sound lines, none of them wanted \(outside the window of dates\)"):
            interactions_of(config, tmp_path)


@pytest.mark.parametrize(
    ("settings", "label"),
    [
        ([], "yelp-2019"),
        (["start=2018-01-01"], "yelp-2018-2019"),
        (["end=none"], "yelp-2019"),
        (["start=none", "end=none"], "yelp"),
    ],
)
def test_label_and_round_trip(settings: list[str], label: str) -> None:
    config = load_dataset("yelp", settings)
    assert config.label == label
    assert TypeAdapter(AnyDataset).validate_python(config.model_dump(mode="json")) == config


def test_a_window_that_ends_before_it_starts() -> None:
    with pytest.raises(ConfigError, match="start is 2020-01-01 00:00:00, which is after end"):
        load_dataset("yelp", ["start=2020-01-01"])


@pytest.mark.parametrize("end", ["2019-12-31T00:00:00Z", "soon", True])
def test_a_bound_is_a_moment_without_a_zone(end: object) -> None:
    with pytest.raises(ValidationError):
        Config(end=end)


def test_unpacked_gzipped_and_in_the_archive(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("plain", "gz", "tar", "mixed")]
    for folder in folders:
        folder.mkdir()
    yelp.write(folders[0])
    for file in (yelp.REVIEW_FILE, yelp.BUSINESS_FILE):
        write(folders[1] / f"{file}.gz", (folders[0] / file).read_bytes())
    yelp_tar.write(folders[2])
    yelp_tar.write(folders[3]).files(folders[3])
    write(folders[3] / yelp.BUSINESS_FILE, (folders[0] / yelp.BUSINESS_FILE).read_bytes())
    events, items = ([read(Config(), folder) for folder in folders] for read in (interactions_of, items_of))
    assert all(frame.equals(events[0]) for frame in events)
    assert all(frame.equals(items[0]) for frame in items)
    assert [[file.name for file in Config().files(folder)] for folder in folders] == [
        [yelp.REVIEW_FILE, yelp.BUSINESS_FILE],
        [f"{yelp.REVIEW_FILE}.gz", f"{yelp.BUSINESS_FILE}.gz"],
        ["yelp_dataset.tar"],
        ["yelp_dataset.tar", yelp.BUSINESS_FILE],
    ]


def test_lines_of_an_archive_are_set_aside_under_the_name_of_the_member(tmp_path: Path) -> None:
    rejects = RejectLog()
    interactions_of(yelp_tar.write(tmp_path), tmp_path, rejects)
    assert {file for file, *_ in rejects.rows} == {yelp.REVIEW_FILE}


def test_missing_files(tmp_path: Path) -> None:
    write(tmp_path / yelp.REVIEW_FILE, "x")
    with pytest.raises(DataError) as caught:
        Config().files(tmp_path)
    assert caught.value.expected.startswith(yelp.BUSINESS_FILE)
    assert "yelp_dataset.tar" in caught.value.expected
    assert "dataset.metadata = false" in caught.value.remedy
    assert len(Config(metadata=False).files(tmp_path)) == 1
    assert Config(metadata=False).item_files(tmp_path) == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"user_id": None}, "no user_id"),
        ({"business_id": "absent"}, "no business_id"),
        ({"date": "absent"}, "no readable time"),
        ({"date": "05/05/2019"}, "no readable time"),
        ({"date": "0001-01-01 00:00:00"}, "impossible time"),
        ({"date": "2019-02-30 00:00:00"}, "no readable time"),
        ({"date": ["2019-05-05"]}, "no readable time"),
        ({"date": "1970-01-01 00:00:00"}, "unknown time"),
        ({"date": "0000-00-00"}, "unknown time"),
        ({"date": "1572154174"}, "time in another unit"),
    ],
)
def test_a_bad_review_is_set_aside(tmp_path: Path, bad: dict[str, object], reason: str) -> None:
    write(tmp_path / yelp.REVIEW_FILE, "\n".join([review(), review(**bad), review(date="2019-05-06")]))
    rejects = RejectLog()
    assert interactions_of(Config(metadata=False), tmp_path, rejects).height == 2
    assert places(rejects) == [(2, reason)]


@pytest.mark.parametrize(
    ("stars", "value"), [("absent", None), (None, None), ("5", 5.0), ("five", None), (1e300, None), ([5], None)]
)
def test_stars_never_cost_a_review(tmp_path: Path, stars: object, value: float | None) -> None:
    write(tmp_path / yelp.REVIEW_FILE, review(stars=stars) + "\n" + review(stars=4))
    rejects = RejectLog()
    assert interactions_of(Config(metadata=False), tmp_path, rejects)["value"].to_list() == [value, 4.0]
    assert rejects.count == 0


def test_a_business_that_comes_twice(tmp_path: Path) -> None:
    yelp.write(tmp_path)
    with (tmp_path / yelp.BUSINESS_FILE).open("a") as file:
        file.write('{"business_id": "diner", "name": "Again"}\n{"name": "No id"}\n')
    rejects = RejectLog()
    assert items_of(Config(), tmp_path, rejects).height == 2
    assert sorted(places(rejects)) == [(3, "duplicate item"), (4, "no business_id")]


def test_published_sizes() -> None:
    """The period of S3-Rec, P5 and GenRec has the published sizes, as it is their 5-core already."""
    data, rejects = shared_data("yelp"), RejectLog()
    events, items = interactions_of(Config(), data, rejects), items_of(Config(), data, rejects)
    assert (events["user_id"].n_unique(), events["item_id"].n_unique(), events.height) == (30_431, 20_033, 316_354)
    assert items["item_id"].n_unique() == items["title"].count() == items["categories"].count() == 20_033
    assert set(events["item_id"]) == set(items["item_id"])
    assert rejects.count == 0
