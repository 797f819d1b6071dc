"""Interactions as four numbers each, so that dumps of any size and with ids of any length cost the same to count."""

from typing import Final

import polars as pl

from seqrec.schema import ITEM, POSITION, TIMESTAMP
from seqrec.schema import USER as USER_ID

USER: Final = "user"
ITEM_KEY: Final = "item"
TIME: Final = "time_us"

_ODD = 0x9E37_79B9_7F4A_7C15
"""2^64 divided by the golden ratio: multiplying by it spreads neighbouring numbers over all 64 bits."""


def keys_of(interactions: pl.LazyFrame) -> pl.LazyFrame:
    """Users and items as 64 bits of hash, times in microseconds, and `position`.

    Two of 50 million users share a hash once in ten thousand dumps, which may shift a count by one. Nothing is set
    aside on less than the hashes of user and item together.
    """
    time = pl.col(TIMESTAMP).dt.epoch("us")
    return interactions.select(hash_of(USER_ID).alias(USER), hash_of(ITEM).alias(ITEM_KEY), time.alias(TIME), POSITION)


def hash_of(column: str) -> pl.Expr:
    """64 bits of hash of a text."""
    return pl.col(column).hash(0)


def counts_of(numbers: pl.Series) -> pl.DataFrame:
    """The different numbers among hashes, ascending, in the column `value`, and how often each occurs, in `len`."""
    # Sorting takes less time than hashing, which `value_counts` does.
    return numbers.sort().rle().struct.unnest()


def repeated(keys: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The rows that are equal to others in these `columns`."""
    numbers = _mixed(keys, columns)
    several = counts_of(numbers).filter(pl.col("len") > 1)["value"]
    return keys.filter(numbers.is_in(several.implode()))


def n_distinct(keys: pl.DataFrame, *columns: str) -> int:
    """Number of different rows in these `columns`."""
    return _mixed(keys, columns).sort().n_unique()


def _mixed(keys: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """One number for several columns of keys; unequal rows share one about as rarely as random numbers would."""
    first, *others = (pl.col(column).reinterpret(signed=False) for column in columns)
    for other in others:
        first = first * pl.lit(_ODD, pl.UInt64) + other
    return keys.select(first).to_series()
