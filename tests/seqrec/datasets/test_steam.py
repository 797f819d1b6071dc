from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from seqrec.datasets.errors import RejectLog
from seqrec.datasets.steam import Config
from seqrec.errors import DataError
from tests.seqrec.datasets.dumps import steam
from tests.seqrec.datasets.files import interactions_of, items_of, places, write

WITHOUT_GAMES = Config(metadata="none")


def test_interactions(tmp_path: Path) -> None:
    config, rejects = steam.write(tmp_path), RejectLog()
    assert interactions_of(config, tmp_path, rejects).rows() == [
        ("Chaos Syren", "725280", datetime(2017, 12, 17, tzinfo=UTC), 0, pytest.approx(0.1)),
        ("Chaos Syren", "10", datetime(2016, 2, 29, tzinfo=UTC), 1, 12.0),
        ("Mo", "10", datetime(2018, 1, 4, tzinfo=UTC), 2, None),
        ("★ Mo ★", "10", datetime(2018, 1, 5, tzinfo=UTC), 3, None),
    ]
    assert places(rejects) == [(5, "game without title, genres or tags"), (6, "game without title, genres or tags")]


def test_items(tmp_path: Path) -> None:
    config, rejects = steam.write(tmp_path), RejectLog()
    assert items_of(config, tmp_path, rejects).rows() == [
        ("10", "Counter-Strike", None, ["Action", "FPS"], None),
        ("725280", "Ironbound & Co", None, ["Indie", "RPG", "Free to Play"], None),
    ]
    assert sorted(places(rejects)) == [(3, "no tags"), (4, "duplicate item")]


def test_any_game_will_do(tmp_path: Path) -> None:
    steam.write(tmp_path)
    config, rejects = Config(metadata="any"), RejectLog()
    assert interactions_of(config, tmp_path, rejects).height == 6
    assert items_of(config, tmp_path, rejects)["item_id"].to_list() == ["10", "725280", "99"]
    assert places(rejects) == [(4, "duplicate item")]


@pytest.mark.parametrize(
    ("game", "title"),
    [
        ("{'id': '1', 'title': 'T', 'app_name': 'A'}", "T"),
        ("{'id': '1', 'title': ' ', 'app_name': 'A'}", "A"),
        ("{'id': '1', 'title': None, 'app_name': 'A', 'genres': None, 'tags': []}", "A"),
        ("{'id': 1}", None),
    ],
)
def test_titles_of_either_name(tmp_path: Path, game: str, title: str | None) -> None:
    write(tmp_path / steam.GAME_FILE, game)
    assert items_of(Config(metadata="any"), tmp_path).rows() == [("1", title, None, None, None)]


def test_json_is_read_too(tmp_path: Path) -> None:
    write(tmp_path / "steam_reviews.json", '{"username": "u", "product_id": "1", "date": "2018-01-05", "hours": null}')
    assert interactions_of(WITHOUT_GAMES, tmp_path).rows() == [("u", "1", datetime(2018, 1, 5, tzinfo=UTC), 0, None)]
    assert WITHOUT_GAMES.item_files(tmp_path) == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{'product_id': '1', 'date': '2018-01-05'}", "no username"),
        ("{'username': u'', 'product_id': '1', 'date': '2018-01-05'}", "no username"),
        ("{'username': 'u', 'date': '2018-01-05'}", "no product_id"),
        ("{'username': 'u', 'product_id': '1', 'date': 'Posted yesterday'}", "no readable time"),
        ("{'username': 'u', 'product_id': '1', 'date': '2118-01-05'}", "impossible time"),
        ("{'username': 'u', 'product_id': '1', 'date': open('x')}", "not a Python literal"),
    ],
)
def test_a_bad_review_is_set_aside(tmp_path: Path, bad: str, reason: str) -> None:
    good = "{'username': 'u', 'product_id': 1, 'date': '2018-01-05'}"
    write(tmp_path / steam.REVIEW_FILE, f"{good}\n{bad}\n")
    rejects = RejectLog()
    assert interactions_of(WITHOUT_GAMES, tmp_path, rejects)["item_id"].to_list() == ["1"]
    assert places(rejects) == [(2, reason)]


def test_no_game_is_described(tmp_path: Path) -> None:
    config = steam.write(tmp_path)
    write(tmp_path / steam.GAME_FILE, "{'id': '10', 'title': 'T', 'tags': ['a']}")
    with pytest.raises(DataError) as caught:
        interactions_of(config, tmp_path)
    assert caught.value.subject.endswith(steam.GAME_FILE)
    assert "no genres" in caught.value.got


def test_missing_games(tmp_path: Path) -> None:
    write(tmp_path / steam.REVIEW_FILE, "x")
    with pytest.raises(DataError) as caught:
        Config().files(tmp_path)
    assert caught.value.expected == "steam_games.json.gz or steam_games.json"
    assert 'dataset.metadata = "none"' in caught.value.remedy
    assert len(WITHOUT_GAMES.files(tmp_path)) == 1


def test_the_earliest_of_a_pair_stays_by_default() -> None:
    assert Config().duplicates == "pair"
    assert Config().label == "steam"


def test_version_1_has_a_list_of_reviews_per_user(tmp_path: Path) -> None:
    def user(name: str, *reviews: tuple[object, str]) -> str:
        listed = [
            {"posted": posted, "item_id": item, "recommend": True, "review": 'It\'s "ok"'} for item, posted in reviews
        ]
        return repr({"user_id": name, "user_url": "http://example.org", "reviews": listed})

    lines = [
        user("a", ("10", "Posted March 9, 2014."), (20, "Posted November 15, 2011."), ("30", "Posted July 15.")),
        user("b"),
        user("c", ("10", "Posted February 29, 2012."), ("10", "some day")),
        repr({"user_id": "d"}),
        repr({"user_id": "e", "reviews": ["no review"]}),
        "{",
    ]
    write(tmp_path / "australian_user_reviews.json.gz", "\n".join(lines))
    log = RejectLog()
    found = interactions_of(Config(metadata="none"), tmp_path, log)
    assert found.select("user_id", "item_id", pl.col("timestamp").dt.date().cast(pl.String)).rows() == [
        ("a", "10", "2014-03-09"),
        ("a", "20", "2011-11-15"),
        ("c", "10", "2012-02-29"),
    ]
    assert sorted(places(log)) == [
        (1, "no year"),
        (2, "empty list"),
        (3, "no readable time"),
        (4, "empty list"),
        (5, "no product_id"),
        (6, "not a Python literal"),
    ]


@pytest.mark.parametrize(("hours", "value"), [("'3.5'", 3.5), ("'many'", None), ("1e999", None), ("nan", None)])
def test_hours_never_cost_a_review(tmp_path: Path, hours: str, value: float | None) -> None:
    review = f"{{'username': 'nan', 'product_id': '1', 'date': '2018-01-05', 'hours': {hours}}}"
    write(tmp_path / steam.REVIEW_FILE, review)
    rejects = RejectLog()
    found = interactions_of(WITHOUT_GAMES, tmp_path, rejects)
    assert (found["user_id"].to_list(), found["value"].to_list(), rejects.count) == (["nan"], [value], 0)
