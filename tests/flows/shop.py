"""A shop whose orders are exported every night, with items that are new in the second export."""

from pathlib import Path

import polars as pl

from seqrec.datasets.demo import Config as Demo
from tests.seqrec.datasets.files import interactions_of

NEW_ITEMS = ("P0003", "P0017")


def shop_named(name: str, title: str = "Shop") -> str:
    """Return the text of an experiment on the orders, without networks."""
    return f"""
name = "{name}"
title = "{title}"
seeds = [0]

[dataset]
name = "table"
events = {{ file = "orders-*.csv" }}
catalogue = {{ file = "items.csv", title = "title" }}

[protocol]
core = {{ users = 2, items = 2 }}
split = {{ name = "temporal" }}

[encoders.lsa]
name = "lsa"
dim = 8

[models.v_sknn]
name = "sknn"
sampling = "recent"

[models.llm_seq_sim]
name = "llm_seq_sim"
source = {{ encoder = "lsa" }}
"""


def orders(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the orders of the first export, and those that only the second one has."""
    everything = interactions_of(Demo(n_users=200, n_items=60), folder).sort("timestamp")
    last = everything["timestamp"].quantile(0.9)
    early = everything.filter(pl.col("timestamp") < last, ~pl.col("item_id").is_in(NEW_ITEMS))
    return early, everything.join(early, on=["user_id", "item_id", "timestamp"], how="anti")


def write_orders(folder: Path, number: int, exported: pl.DataFrame) -> None:
    """Write one export, and the catalogue."""
    folder.mkdir(exist_ok=True)
    exported.select("user_id", "item_id", "timestamp").write_csv(folder / f"orders-{number}.csv")
    ids = [f"P{number:04d}" for number in range(60)]
    pl.DataFrame({"item_id": ids, "title": [f"Thing <b>{one}</b>" for one in ids]}).write_csv(folder / "items.csv")
