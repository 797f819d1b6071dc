"""Any table: interactions as an indented JSON array with MongoDB's types, items with semicolons behind `sep=;`."""

import json
from pathlib import Path

from seqrec.datasets.table import Catalogue, Config, Events
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 3
N_ITEMS = 2
N_SET_ASIDE = 1

EVENTS = [
    {"user": {"id": {"$numberLong": "7"}}, "item": "a", "time": {"$date": "2013-04-15T00:00:00Z"}},
    {"user": {"id": {"$numberLong": "8"}}, "item": "b]", "time": {"$date": "2013-04-15T00:00:01Z"}},
    {"user": {"id": None}, "item": "a", "time": {"$date": "2013-04-15T00:00:02Z"}},
    {"user": {"id": 9}, "item": "a", "time": {"$date": "2013-04-15T00:00:03Z"}},
]
ITEMS = 'sep=;\nitem_id;title\na;"Pen; blue";\n"b]";"two\nlines";\n'


def write(folder: Path) -> Config:
    """Write a JSON array, one of whose records lacks a user, and a table whose rows end with a delimiter."""
    write_file(folder / "events.json", json.dumps(EVENTS, indent=1))
    write_file(folder / "items.csv", ITEMS)
    return Config(
        events=Events(file="events.json", user="user.id", item="item", time="time"),
        catalogue=Catalogue(file="items.csv", title="title"),
    )
