"""The division of positions into chunks, for losses that would take too much memory for all at once."""

from collections.abc import Iterator

from torch import Tensor


def chunks(positions: Tensor, n_rows: int) -> Iterator[slice]:
    """Yields chunks of `n_rows` positions, in order; the last one may have fewer."""
    for start in range(0, len(positions), n_rows):
        yield slice(start, start + n_rows)
