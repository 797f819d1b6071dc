"""The first row of each id, for catalogues of any size: 16 bytes are kept of each id."""

from collections.abc import Iterator

import polars as pl

from seqrec.datasets.errors import LINE
from seqrec.datasets.reading import Reading

_HALF = pl.lit(1 << 64, pl.UInt128)


def first_of_each(frames: Iterator[pl.DataFrame], name: str, reading: Reading) -> Iterator[pl.DataFrame]:
    """The first row of every id in the column `name`; later ones are set aside as `duplicate item`."""
    ids = FirstSeen()
    for frame in frames:
        again = ids.seen_before(frame[name])
        rows = frame.filter(again).select(LINE, name, pl.lit("duplicate item").alias("reason"))
        reading.set_aside_rows(rows, bad=False)
        yield frame.filter(~again)


class FirstSeen:
    """The texts seen so far, as 128 bits of hash each, in ascending runs.

    Of ten million different texts, some two share a hash with a chance of 1 to 10^25: no sound row is taken for
    another.
    """

    def __init__(self) -> None:
        self._runs: list[pl.Series] = []

    def seen_before(self, texts: pl.Series) -> pl.Series:
        """Whether each text was seen before, further up or in an earlier call; none may be null."""
        hashes = texts.to_frame("text").select(_hash_128("text")).to_series()
        before = ~hashes.is_first_distinct()
        for run in self._runs:
            before |= run.gather(run.search_sorted(hashes).clip(upper_bound=len(run) - 1)) == hashes
        self._keep(hashes.filter(~before))
        return before

    def _keep(self, hashes: pl.Series) -> None:
        """Adds a run; runs of like lengths become one, so that there are few of them and each hash moves seldom."""
        while self._runs and len(self._runs[-1]) <= len(hashes):
            hashes = pl.concat([self._runs.pop(), hashes])
        if len(hashes):
            self._runs.append(hashes.sort())


def _hash_128(column: str) -> pl.Expr:
    # A seed alone may enter a hash too late to part what collides; another text before it does not.
    halves = (pl.col(column).hash(0), pl.concat_str(pl.lit(" "), pl.col(column)).hash(1))
    first, second = (half.cast(pl.UInt128) for half in halves)
    return first * _HALF + second
