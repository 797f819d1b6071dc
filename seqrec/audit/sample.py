"""The sample of test cases that a check uses, and the note on it."""

import numpy as np
from jaxtyping import Int64

from seqrec.digest import generator_from


def sample(rows: Int64[np.ndarray, " n_rows"], most: int, check: str) -> Int64[np.ndarray, " n_sampled"]:
    """Returns all rows, or the same sample of `most` rows at each call if there are more; the order is kept."""
    if len(rows) <= most:
        return rows
    return np.sort(generator_from("audit", check).choice(rows, most, replace=False))


def looked_at(n: int, n_cases: int) -> str:
    """Returns a note for a sentence if not all test cases were checked, or else an empty text."""
    return "" if n == n_cases else f" ({n:,} of {n_cases:,} test cases checked)"
