"""Positions in parts, for losses that do not hold what they need for all of them at once."""

from collections.abc import Iterator

from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor


def chunks(positions: Tensor, n_rows: int) -> Iterator[slice]:
    """Parts of `n_rows` positions, in order; the last may have fewer.

    Of tensors without memory, as a rehearsal has, only the first two: what the others take is what those took, and
    thousands of them would take seconds.
    """
    starts = range(0, len(positions), n_rows)
    for start in starts[:2] if isinstance(positions, FakeTensor) else starts:
        yield slice(start, start + n_rows)
