"""Generated dumps without any leak, for the checks to find nothing in, and for tests to plant leaks in."""

import numpy as np
import polars as pl

from seqrec.audit.audit import audit
from seqrec.audit.finding import Audit
from seqrec.preparation.prepare import prepare
from seqrec.preparation.protocol import Protocol
from seqrec.text.template import Template
from seqrec.types import Split

START = 18_262 * 86_400_000_000
"""2020-01-01."""


def clean_shop(seed: int, n_users: int = 150, n_items: int = 120) -> pl.DataFrame:
    """Draw histories whose skew, order, repeats, lengths and resolution of time all depend on the seed."""
    rng = np.random.default_rng(seed)
    skew, order, repeats = rng.uniform(0, 1.2), rng.uniform(0, 0.6), rng.choice([0.0, 0.1])
    resolution = rng.choice([1_000_000, 86_400_000_000])
    shares = 1 / np.arange(1, n_items + 1) ** skew
    drawn = rng.choice(n_items, size=(n_users, 40), p=shares / shares.sum())
    rows = []
    for user, length in enumerate(rng.integers(3, rng.integers(8, 30), size=n_users)):
        start, gaps = rng.integers(200), rng.exponential(5.0, size=length)
        times = START + ((start + np.cumsum(gaps)) * 86_400_000_000).astype(np.int64) // resolution * resolution
        items = drawn[user, :length].copy()
        for step in range(1, length):
            if rng.random() < order:
                items[step] = (items[step - 1] * 7 + rng.integers(1, 6)) % n_items
            if rng.random() < repeats:
                items[step] = items[step - 1]
        rows += [(f"u{user}", f"i{item}", int(time)) for item, time in zip(items, times, strict=True)]
    return dump_of(rows)


def in_2020(frame: pl.DataFrame) -> pl.DataFrame:
    """Return interactions of days 0, 1, ... at real dates."""
    return frame.with_columns(timestamp=pl.col("timestamp") + pl.duration(microseconds=START))


def dump_of(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
    """Return canonical interactions from (user, item, microseconds), in the order of a dump."""
    users, items, times = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "user_id": pl.Series(users, dtype=pl.String),
            "item_id": pl.Series(items, dtype=pl.String),
            "timestamp": pl.Series(times, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "position": pl.int_range(len(rows), eager=True),
            "part": pl.Series([None] * len(rows), dtype=pl.String),
        }
    )


def rows_of(dump: pl.DataFrame) -> list[tuple[str, str, int]]:
    """Return what `dump_of` takes, in order of user and time."""
    columns = dump.select("user_id", "item_id", pl.col("timestamp").dt.epoch("us"))
    return columns.sort("user_id", "timestamp", maintain_order=True).rows()


def items_of(interactions: pl.DataFrame) -> pl.DataFrame:
    """Return metadata with a title per item; an item called `i5-twin` has the title of `i5`."""
    ids = interactions["item_id"].unique().sort()
    empty = pl.Series([None] * len(ids), dtype=pl.String)
    return pl.DataFrame(
        {
            "item_id": ids,
            "title": [f"Title {item.removesuffix('-twin')}" for item in ids],
            "brand": empty,
            "categories": pl.Series([None] * len(ids), dtype=pl.List(pl.String)),
            "description": empty,
        }
    )


def audited(interactions: pl.DataFrame, asked: Protocol, split: Split | None = None) -> Audit:
    """Return the audit of a dump under a protocol, or of another split of it."""
    return audit(
        interactions.lazy(),
        items_of(interactions),
        split or prepare(interactions, asked).split,
        protocol=asked,
        template=Template(),
        encoders={},
        sources={},
    )


def verdicts(found: Audit) -> dict[str, str]:
    """Return the gravest verdict of each check that warns or fails."""
    grave = [one for one in found.findings if one.verdict in ("warning", "wrong")]
    return {one.check: one.verdict for one in sorted(grave, key=lambda one: one.verdict)}
