"""Any table: interactions and items as Parquet, with nulls in the keys."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from seqrec.datasets.table import Catalogue, Config, Events

N_INTERACTIONS = 3
N_ITEMS = 2
N_SET_ASIDE = 3

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


def write(folder: Path) -> Config:
    """Write two Parquet files; two interactions lack a user or an item, and one item lacks an id."""
    pl.DataFrame(
        {"user_id": [7, 8, None, 7, 9], "item_id": ["a", "b", "a", None, "a"], "timestamp": [NOON] * 5},
    ).write_parquet(folder / "events.parquet")
    pl.DataFrame(
        {"item_id": ["a", "b", None], "title": ["Pen", None, "lost"], "tags": [["Desk", "Pens"], [], None]},
    ).write_parquet(folder / "items.parquet")
    return Config(
        events=Events(file="events.parquet"),
        catalogue=Catalogue(file="items.parquet", title="title", categories="tags"),
    )
