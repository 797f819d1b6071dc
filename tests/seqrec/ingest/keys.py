"""Keys of handwritten interactions."""

import polars as pl

from seqrec.ingest.counts import DAY_US
from seqrec.ingest.keys import keys_of

Row = tuple[str, str, int]
"""User, item and day."""


def interactions(rows: list[Row], unit_us: int = DAY_US) -> pl.DataFrame:
    """Return canonical interactions in the given order."""
    users, items, times = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "user_id": users,
            "item_id": items,
            "timestamp": pl.Series([time * unit_us for time in times], dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "position": pl.int_range(len(rows), eager=True),
        }
    )


def keys(rows: list[Row], unit_us: int = DAY_US) -> pl.DataFrame:
    """Return the keys of the interactions."""
    return keys_of(interactions(rows, unit_us).lazy()).collect()
