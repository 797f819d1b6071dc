"""The metrics there are, and all of them at once. A new one is its function and one line in a registry."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from jaxtyping import Float64

from seqrec.evaluation.accuracy import hit_rate, ndcg, reciprocal_rank
from seqrec.evaluation.beyond_accuracy import coverage, novelty, serendipity
from seqrec.types import Rankings, Split

__all__ = ["ACCURACY", "BEYOND_ACCURACY", "METRICS", "evaluate", "hit_rate", "ndcg", "reciprocal_rank"]

ACCURACY: Mapping[str, Callable[[Rankings, int], Float64[np.ndarray, " n_cases"]]] = {
    "hr": hit_rate,
    "ndcg": ndcg,
    "mrr": reciprocal_rank,
}
"""Metrics with one value per case, by the name before `_at_k`."""

BEYOND_ACCURACY: Mapping[str, Callable[[Rankings, Split, int], float]] = {
    "coverage": coverage,
    "serendipity": serendipity,
    "novelty": novelty,
}
"""Metrics of a whole set of rankings, by the name before `_at_k`."""

METRICS: Mapping[str, Callable[..., object]] = {**ACCURACY, **BEYOND_ACCURACY}
"""Every metric, for lists of what there is."""


def evaluate(rankings: Rankings, split: Split, cutoffs: Iterable[int]) -> dict[str, float]:
    """Every metric at every cut-off over the test cases of `split`, by names such as `ndcg_at_20`.

    Args:
        rankings: Rankings of `split.test`, with lists at least as long as the largest cut-off.
        split: The data that was ranked.
        cutoffs: List lengths.
    """
    values: dict[str, float] = {}
    for k in cutoffs:
        values |= {f"{name}_at_{k}": float(metric(rankings, k).mean()) for name, metric in ACCURACY.items()}
        values |= {f"{name}_at_{k}": metric(rankings, split, k) for name, metric in BEYOND_ACCURACY.items()}
    return values
