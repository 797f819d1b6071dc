"""Power: how small a difference this many test cases can show."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from seqrec.audit.finding import Finding
from seqrec.audit.sample import looked_at
from seqrec.evaluation.accuracy import hit_rate, ndcg
from seqrec.types import Places

CHECK: Final = "power"

CORRELATION: Final = 0.5
"""Assumed between two models' values of one case. At a half, a paired difference spreads as much as one model's
values; models that fail on the same cases are told apart more easily, unrelated ones by 1.4 times less."""

Z: Final = 1.959964 + 0.841621
"""Standard errors that a difference must measure to be found in 80 % of tests, two-sided at 5 %."""


def check(floors: Mapping[str, Places], n_cases: int, cutoffs: tuple[int, ...]) -> Iterator[Finding]:
    """Standard error of each metric, and the smallest difference that the paired test would see.

    Spread is that of the best floor's values over its test cases, which models that are better exceed: a hit rate
    of twice that has nearly 1.4 times its error. One test is meant; the correction for several asks for more.

    Args:
        floors: Places of the targets in the order of each floor, by label, on the test cases or a sample of them.
        n_cases: Test cases that models are compared on.
        cutoffs: List lengths.
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
        f"{error:.4f}; the paired test sees differences from {smallest:.4f} on (80 % power, two-sided 5 %, correlation "
        f"{CORRELATION} per case){shown}."
    )
    if not value:
        sentence = (
            f"With {n_cases:,} test cases, no floor hits in {k}{shown}: nothing is known of the spread, or of the "
            "power."
        )
    yield Finding(CHECK, "ok" if 0 < smallest <= value / 2 else "by design", sentence, figures)
