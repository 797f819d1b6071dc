"""Yelp, as unpacked from the distributed tar."""

import json
from pathlib import Path

from seqrec.datasets.yelp import Config
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 4
N_ITEMS = 2
N_SET_ASIDE = 2

REVIEW_FILE = "yelp_academic_dataset_review.json"
BUSINESS_FILE = "yelp_academic_dataset_business.json"


def _review(user: str, business: str, date: str, stars: float) -> str:
    votes = {"useful": 0, "funny": 0, "cool": 1}
    record = {"review_id": f"r-{user}-{date}", "user_id": user, "business_id": business, "stars": stars, **votes}
    return json.dumps({**record, "text": "We waited an hour,\nand it was worth it.", "date": date})


def _business(business: str, name: str, categories: str | None) -> str:
    place = {"address": "", "city": "Tucson", "state": "AZ", "latitude": 32.2, "longitude": -110.9, "is_open": 1}
    attributes = {"BikeParking": "True", "Ambience": "{'romantic': False}"}
    record = {"business_id": business, "name": name, **place, "attributes": attributes, "categories": categories}
    return json.dumps({**record, "hours": None})


# Two reviews are outside the papers' window; one visit is a repeat.
REVIEWS = [
    _review("anna", "diner", "2018-12-31 23:59:59", 5.0),
    _review("anna", "diner", "2019-01-01 00:00:00", 4.0),
    _review("anna", "diner", "2019-03-05 18:30:07", 5.0),
    _review("ben", "barber", "2019-07-07 09:15:00", 1.0),
    _review("ben", "diner", "2019-12-31 00:00:00", 3.0),
    _review("anna", "barber", "2019-12-31 00:00:01", 2.0),
]
BUSINESSES = [
    _business("diner", "Sal's Diner &amp; Grill", "Diners, Beer, Wine & Spirits, Restaurants"),
    _business("barber", "The Barber", None),
]


def write(folder: Path) -> Config:
    """Write two files of JSON lines."""
    write_file(folder / REVIEW_FILE, "\n".join(REVIEWS) + "\n")
    write_file(folder / BUSINESS_FILE, "\n".join(BUSINESSES) + "\n")
    return Config()
