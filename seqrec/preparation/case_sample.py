"""A sample of cases, for when ranking all of them would take too long."""

import numpy as np

from seqrec.digest import generator_from
from seqrec.types import Cases


def sample_cases(cases: Cases, n: int | None, seed: int, part: str) -> Cases:
    """Draws `n` cases uniformly and keeps their order; returns all if there are no more or `n` is None."""
    if n is None or len(cases) <= n:
        return cases
    return cases.take(np.sort(generator_from("cases", part, seed).choice(len(cases), n, replace=False)))
