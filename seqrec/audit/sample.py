"""Which of many test cases a check looks at, and how it says so."""

import numpy as np
from jaxtyping import Int64

from seqrec.digest import generator_from


def sample(rows: Int64[np.ndarray, " n_rows"], most: int, check: str) -> Int64[np.ndarray, " n_sampled"]:
    """All rows, or of more than `most` a sample of so many, in their order; the same one at each call."""
    if len(rows) <= most:
        return rows
    return np.sort(generator_from("audit", check).choice(rows, most, replace=False))


def looked_at(n: int, n_cases: int) -> str:
    """What a sentence adds where not all test cases were looked at."""
    return "" if n == n_cases else f" ({n:,} of {n_cases:,} test cases looked at)"
