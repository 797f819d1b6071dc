"""Interactions as four numbers each, so that dumps of any size and with ids of any length cost the same to count."""

from typing import Final

import numpy as np
import polars as pl
from jaxtyping import Bool, Int64, UInt64

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


def counts_of(numbers: pl.Series) -> tuple[UInt64[np.ndarray, " n_distinct"], Int64[np.ndarray, " n_distinct"]]:
    """The different numbers among hashes, ascending, and how often each occurs."""
    ordered, begins = _ordered(numbers)
    starts = np.flatnonzero(begins)
    return ordered[starts], np.diff(starts, append=len(ordered))


def repeated(keys: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The rows that are equal to others in these `columns`."""
    numbers = _mixed(keys, columns)
    different, n_times = counts_of(numbers)
    return keys.filter(numbers.is_in(pl.Series(different[n_times > 1]).implode()))


def n_distinct(keys: pl.DataFrame, *columns: str) -> int:
    """Number of different rows in these `columns`."""
    return int(np.count_nonzero(_ordered(_mixed(keys, columns))[1]))


def _mixed(keys: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """One number for several columns of keys; unequal rows share one about as rarely as random numbers would."""
    first, *others = (pl.col(column).reinterpret(signed=False) for column in columns)
    for other in others:
        first = first * pl.lit(_ODD, pl.UInt64) + other
    return keys.select(first).to_series()


def _ordered(numbers: pl.Series) -> tuple[UInt64[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """The numbers in ascending order, and where another one begins."""
    # By polars, on all cores; NumPy takes five times as long, and hashing longer still.
    ordered = numbers.sort().to_numpy()
    begins = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return ordered, begins
