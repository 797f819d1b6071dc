"""The first row of each id, for catalogues of any size: 16 bytes are kept of each id.

Of ten million different ids, some two share a hash of 128 bits with a chance of 1 to 10^25: no sound row is taken for
another.
"""

from collections.abc import Iterator

import polars as pl

from seqrec.datasets.errors import LINE
from seqrec.datasets.reading import Reading

_HALF = pl.lit(1 << 64, pl.UInt128)


def first_of_each(frames: Iterator[pl.DataFrame], name: str, reading: Reading) -> Iterator[pl.DataFrame]:
    """The first row of every id in the column `name`; later ones are set aside as `duplicate item`."""
    runs: list[pl.Series] = []
    for frame in frames:
        hashes = frame.select(_hash_128(name)).to_series()
        again = ~hashes.is_first_distinct()
        for run in runs:
            again |= run.gather(run.search_sorted(hashes).clip(upper_bound=len(run) - 1)) == hashes
        _add_run(runs, hashes.filter(~again))
        rows = frame.filter(again).select(LINE, name, pl.lit("duplicate item").alias("reason"))
        reading.set_aside_rows(rows, bad=False)
        yield frame.filter(~again)


def _add_run(runs: list[pl.Series], hashes: pl.Series) -> None:
    """Adds a sorted run; runs of like lengths become one, so that there are few of them and each hash moves seldom."""
    while runs and len(runs[-1]) <= len(hashes):
        hashes = pl.concat([runs.pop(), hashes])
    if len(hashes):
        runs.append(hashes.sort())


def _hash_128(column: str) -> pl.Expr:
    # A seed alone may enter a hash too late to part what collides; another text before it does not.
    halves = (pl.col(column).hash(0), pl.concat_str(pl.lit(" "), pl.col(column)).hash(1))
    first, second = (half.cast(pl.UInt128) for half in halves)
    return first * _HALF + second
