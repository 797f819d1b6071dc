"""Amazon 2018: gzipped JSON lines, with the flaws of the dump."""

import json
from pathlib import Path

from seqrec.datasets.amazon_2018 import Config
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 5
N_ITEMS = 3
N_SET_ASIDE = 2

REVIEW_FILE = "Gift_Cards_5.json.gz"
PRODUCT_FILE = "meta_Gift_Cards.json.gz"


def _review(user: str, item: str, day: str, time_s: int, **more: object) -> str:
    fields = {"overall": 5.0, "verified": True, "reviewTime": day, "reviewerID": user, "asin": item}
    return json.dumps({**fields, **more, "reviewText": "\u2665 a gift", "unixReviewTime": time_s})


def _product(item: str, title: str, **more: object) -> str:
    fields = {"category": ["Gift Cards", "Gift Cards"], "tech1": "", "description": [], "title": title, "also_buy": []}
    return json.dumps({**fields, "brand": "Amazon", "main_cat": "Gift Cards", "price": "", "asin": item} | more)


# The second review occurs twice.
REVIEWS = [
    _review("A1", "B1", "06 17, 2018", 1529193600, style={"Gift Amount:": " 50"}),
    _review("A2", "B1", "06 14, 2018", 1528934400, vote="2"),
    _review("A2", "B1", "06 14, 2018", 1528934400, vote="2"),
    _review("A2", "B2", "06 2, 2018", 1527897600),
    _review("A1", "B3", "05 19, 2018", 1526688000),
    _review("", "B3", "05 19, 2018", 1526688000),
]
# The third title is the scripts of a page; the first product occurs twice.
PRODUCTS = [
    _product("B1", "Amazon.com &amp; Friends $50", description=["<b>Box</b>", "of cards"]),
    _product("B2", "Gift Box", brand="by\n    \n    iTunes", category=["Gift Cards", "</span></span></span>"]),
    _product("B3", "var aPageStart = (new Date()).getTime();\nvar ue_t0=ue_t0||+new Date();", category=[]),
    _product("B1", "Amazon.com &amp; Friends $50"),
]


def write(folder: Path) -> Config:
    """Write six reviews and four rows of metadata; one review has no user."""
    write_file(folder / REVIEW_FILE, "\n".join(REVIEWS) + "\n")
    write_file(folder / PRODUCT_FILE, "\n".join(PRODUCTS) + "\n")
    return Config()
