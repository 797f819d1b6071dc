"""Amazon 2023: raw reviews and metadata as gzipped JSON lines."""

import json
from pathlib import Path

from seqrec.datasets.amazon_2023 import Config
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 4
N_ITEMS = 3
N_SET_ASIDE = 1

REVIEW_FILE = "All_Beauty.jsonl.gz"
PRODUCT_FILE = "meta_All_Beauty.jsonl.gz"


def _review(user: str, item: str, time_ms: int, rating: float = 5.0) -> str:
    fields = {"rating": rating, "title": "Such a \u2665", "text": "", "images": [], "asin": f"{item}-red"}
    more = {"parent_asin": item, "user_id": user, "timestamp": time_ms, "helpful_vote": 0, "verified_purchase": True}
    return json.dumps(fields | more)


def _product(item: str, title: str, **more: object) -> str:
    fields = {"main_category": "All Beauty", "title": title, "average_rating": 4.8, "rating_number": 10, "features": []}
    rest: dict[str, object] = {
        "description": [],
        "price": None,
        "images": [],
        "store": None,
        "categories": [],
        "details": {},
    }
    return json.dumps(fields | rest | {"parent_asin": item} | more)


REVIEWS = [
    _review("U1", "P1", 1588687728923),
    _review("U1", "P2", 1588615855070, 0.0),
    _review("U2", "P1", 1589665266052, 4.0),
    _review("U2", "P9", -62135596800000),
    _review("U3", "P3", 1643393630220, 1.0),
]
PRODUCTS = [
    _product("P1", "Howard LC0008 &amp; Leather", store="Howard Products", categories=["Beauty", "Care"]),
    _product("P2", "", description=["One.", "Two."]),
    _product("P3", "Comb"),
]


def write(folder: Path) -> Config:
    """Write five reviews, one of them before 1970 and one without a rating, and three products."""
    write_file(folder / REVIEW_FILE, "\n".join(REVIEWS) + "\n")
    write_file(folder / PRODUCT_FILE, "\n".join(PRODUCTS) + "\n")
    return Config()
