"""The statistical power: how small a difference this many test cases can show, before the chance of seeds."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from seqrec.audit.finding import Finding
from seqrec.audit.sample import looked_at
from seqrec.evaluation.accuracy import hit_rate, ndcg
from seqrec.types import Places

CHECK: Final = "power"

CORRELATION: Final = 0.5
"""The assumed correlation between two models' values of a case. At a half, a paired difference spreads as much as one
model's values. The smallest difference is lower for models that fail on the same cases, and 1.4 times as large for
unrelated ones."""

Z: Final = 1.959964 + 0.841621
"""The size, in standard errors, of a difference that is found in 80 % of tests, two-sided at 5 %."""


def check(floors: Mapping[str, Places], n_cases: int, cutoffs: tuple[int, ...]) -> Iterator[Finding]:
    """Reports the standard error of each metric, and the smallest difference that a paired test would detect.

    The spread is that of the best floor's values over its test cases. Better models have more: twice the hit rate
    has nearly 1.4 times the error. The figures are for a single test of deterministic models; a correction for several
    tests and the chance of seeds, which nobody knows before training, need larger differences.

    Args:
        floors: The places of the targets under each floor, by label, on the test cases or a sample of them.
        n_cases: The number of test cases that models are compared on.
        cutoffs: The cut-offs of the metrics.
    """
    k = max(cutoffs)
    label = max(floors, key=lambda name: float(ndcg(floors[name], k).mean()))
    figures: dict[str, int | float] = {"n_cases": n_cases, "assumed_correlation": CORRELATION}
    for cutoff in cutoffs:
        for name, metric in (("hr", hit_rate), ("ndcg", ndcg)):
            values = metric(floors[label], cutoff)
            error = float(values.std() / np.sqrt(n_cases))
            figures |= {
                f"{name}_at_{cutoff}": float(values.mean()),
                f"{name}_at_{cutoff}_standard_error": error,
                f"{name}_at_{cutoff}_smallest_difference": Z * error * float(np.sqrt(2 * (1 - CORRELATION))),
            }
    value, error, smallest = (figures[f"ndcg_at_{k}{end}"] for end in ("", "_standard_error", "_smallest_difference"))
    shown = looked_at(len(floors[label]), n_cases)
    sentence = (
        f"With {n_cases:,} test cases, NDCG@{k} of the best floor ({label}, {value:.4f}) has a standard error of "
        f"{error:.4f}; a paired test of deterministic models detects differences of {smallest:.4f} or more (80 % "
        f"power, two-sided 5 %, correlation {CORRELATION} per case){shown}. The chance of seeds comes on top."
    )
    if not value:
        sentence = f"With {n_cases:,} test cases, no floor has a hit within {k}{shown}: spread and power are unknown."
    yield Finding(CHECK, "ok" if 0 < smallest <= value / 2 else "note", sentence, figures)
