"""Positions in parts, for losses that do not hold what they need for all of them at once."""

from collections.abc import Iterator

from torch import Tensor


def chunks(positions: Tensor, n_rows: int) -> Iterator[slice]:
    """Parts of `n_rows` positions, in order; the last may have fewer."""
    for start in range(0, len(positions), n_rows):
        yield slice(start, start + n_rows)
