"""Any table: sessions with a list of events each, and items between two colons, without names of columns."""

import json
from pathlib import Path

from seqrec.datasets.table import Catalogue, Config, Events
from tests.seqrec.datasets.files import write as write_file

N_INTERACTIONS = 4
N_ITEMS = 2
N_SET_ASIDE = 2

SESSIONS = [
    {"session": 1, "events": [{"aid": 10, "ts": 1365984000000}, {"aid": 20, "ts": 1365984001000}]},
    {"session": 2, "events": []},
    {
        "session": 3,
        "events": [{"aid": 10, "ts": 1365984000000}, {"ts": 1365984001000}, {"aid": 30, "ts": 1365984002000}],
    },
]


def write(folder: Path) -> Config:
    """Write three sessions, one of them empty and one with an event that lacks an item."""
    write_file(folder / "sessions.jsonl", "\n".join(map(json.dumps, SESSIONS)))
    write_file(folder / "items.dat.gz", "10::Pen: blue\n20::Cup\n")
    return Config(
        events=Events(file="sessions.jsonl", user="session", item="events.aid", time="events.ts"),
        catalogue=Catalogue(file="items.dat.gz", header=False, item=0, title=1),
    )
