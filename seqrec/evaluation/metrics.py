"""The registry of metrics, and their evaluation. A new metric takes one function and one line in a registry."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from jaxtyping import Float64

from seqrec.evaluation.accuracy import hit_rate, ndcg, reciprocal_rank
from seqrec.evaluation.beyond_accuracy import Judged, coverage, novelty, serendipity
from seqrec.types import Places

ACCURACY: Mapping[str, Callable[[Places, int], Float64[np.ndarray, " n_cases"]]] = {
    "hr": hit_rate,
    "ndcg": ndcg,
    "mrr": reciprocal_rank,
}
"""The metrics with one value per case, by the name before `_at_k`."""

BEYOND_ACCURACY: Mapping[str, Callable[[Judged, int], float]] = {
    "coverage": coverage,
    "serendipity": serendipity,
    "novelty": novelty,
}
"""The metrics of a whole set of rankings, by the name before `_at_k`."""

METRICS: Mapping[str, Callable[..., object]] = {**ACCURACY, **BEYOND_ACCURACY}
"""The names of all metrics."""


def evaluate(judged: Judged, cutoffs: Iterable[int]) -> dict[str, float]:
    """Returns every metric at every cut-off, by names such as `ndcg_at_20`.

    Args:
        judged: The rankings, with lists at least as long as the largest cut-off.
        cutoffs: The cut-offs of the metrics.
    """
    values: dict[str, float] = {}
    for k in cutoffs:
        values |= {
            f"{name}_at_{k}": float(metric(judged.rankings.places, k).mean()) for name, metric in ACCURACY.items()
        }
        values |= {f"{name}_at_{k}": metric(judged, k) for name, metric in BEYOND_ACCURACY.items()}
    return values
