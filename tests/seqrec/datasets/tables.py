"""A small table of two interactions, and the expected result of reading it."""

from datetime import UTC, datetime

from seqrec.datasets.table import Config, Events

DAY = datetime(2013, 4, 15, tzinfo=UTC)
T = 1_365_984_000
EVENTS = {"user": ["7", "8"], "item": ["a", "b"], "time": [T, T], "stars": [5.0, None]}
COLUMNS = {"user": "user", "item": "item", "time": "time", "value": "stars"}
EXPECTED = [("7", "a", DAY, 0, 5.0), ("8", "b", DAY, 1, None)]


def config(file: str, **events: object) -> Config:
    """Return a reader for a file with these columns, changed as `events` says."""
    return Config(events=Events(file=file, **(COLUMNS | events)))
