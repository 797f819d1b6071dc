"""The tables of a small shop, with column names of its own."""

from pathlib import Path

import polars as pl

from seqrec.datasets.demo import Config
from tests.seqrec.datasets.files import interactions_of, items_of

DEMO = Config(n_users=150, n_items=60)
ORDERS = {"user_id": "customerID", "item_id": "article", "timestamp": "ordered_date", "value": "star_rating"}
ARTICLES = {"item_id": "article", "title": "article_name", "brand": "manufacturer"}
DELIMITERS = {"semicolon": ";", "pipe": "|", "tab": "\t", "colon": ":", "blank": " "}


def orders() -> pl.DataFrame:
    """Return interactions: customers, articles, dates as text, ratings."""
    frame = interactions_of(DEMO, Path()).select(*ORDERS).rename(ORDERS)
    return frame.with_columns(pl.col("ordered_date").dt.strftime("%Y-%m-%d %H:%M:%S"))


def articles() -> pl.DataFrame:
    """Return items: ids, names, makers."""
    return items_of(DEMO, Path()).select(*ARTICLES).rename(ARTICLES)


def write(frame: pl.DataFrame, path: Path) -> Path:
    """Write a table in the format that the name of the file says, with a delimiter that is part of it: `pipe.csv`."""
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".jsonl":
        frame.write_ndjson(path)
    else:
        separator = DELIMITERS.get(path.stem, "\t" if path.suffix == ".tsv" else ",")
        frame.write_csv(path, separator=separator)
    return path
