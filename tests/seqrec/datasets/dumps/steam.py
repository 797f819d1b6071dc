"""Steam, version 2: dicts as Python 2 printed them, gzipped."""

from pathlib import Path

from seqrec.datasets.steam import Config
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 4
N_ITEMS = 2
N_SET_ASIDE = 4

REVIEW_FILE = "steam_reviews.json.gz"
GAME_FILE = "steam_games.json.gz"


def _review(user: str, game: str, date: str, hours: str = "") -> str:
    rest = "u'products': 41, u'page_order': 0, u'text': u'It\\'s \\u2665 \"good\"', u'early_access': False, u'page': 1"
    return f"{{u'username': u'{user}', {hours}u'product_id': u'{game}', {rest}, u'date': u'{date}'}}"


# Two reviews belong to a game without tags.
REVIEWS = [
    _review("Chaos Syren", "725280", "2017-12-17", "u'hours': 0.1, "),
    _review("Chaos Syren", "10", "2016-02-29", "u'hours': 12, "),
    _review("Mo", "10", "2018-01-04"),
    _review("\\u2605 Mo \\u2605", "10", "2018-01-05"),
    _review("Mo", "99", "2018-01-05"),
    _review("Chaos Syren", "99", "2018-01-05"),
]
_COUNTER_STRIKE = (
    "{u'publisher': u'Valve', u'genres': [u'Action'], u'app_name': u'Counter-Strike', u'title': u'Counter-Strike', "
    "u'release_date': u'2000-11-01', u'tags': [u'FPS', u'Action'], u'price': 9.99, u'id': u'10'}"
)
_IRONBOUND = (
    "{u'genres': [u'Indie', u'RPG'], u'app_name': u'Ironbound &amp; Co', u'tags': [u'RPG', u'Free to Play'], "
    "u'price': u'Free To Play', u'id': u'725280', u'developer': u'Secret Level SRL'}"
)
GAMES = [
    _COUNTER_STRIKE,
    _IRONBOUND,
    "{u'genres': [u'Indie'], u'app_name': u'No tags', u'id': u'99'}",
    "{u'genres': [u'Action'], u'title': u'Again', u'tags': [u'FPS'], u'id': u'10'}",
]


def write(folder: Path) -> Config:
    """Write two gzipped files of Python literals."""
    write_file(folder / REVIEW_FILE, "\n".join(REVIEWS) + "\n")
    write_file(folder / GAME_FILE, "\n".join(GAMES) + "\n")
    return Config()
