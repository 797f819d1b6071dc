"""The accuracy of next-item rankings, one value per case.

Tied items are in a uniformly random order, and every metric is its expectation over that order: the rank of a
target is uniform on `better + 1 .. better + tied`. Gains are binary and discounts have base 2; with one right
answer the ideal DCG is 1 (Harte et al. 2023, section 4.1).
"""

import numpy as np
from jaxtyping import Float64

from seqrec.types import Places


def hit_rate(places: Places, k: int) -> Float64[np.ndarray, " n_cases"]:
    """Hit rate: whether the target is among the first k."""
    return _expected(places, np.ones(k))


def ndcg(places: Places, k: int) -> Float64[np.ndarray, " n_cases"]:
    """Normalised discounted cumulative gain: 1 / log2(rank + 1) within the first k, else 0."""
    return _expected(places, 1.0 / np.log2(np.arange(2, k + 2)))


def reciprocal_rank(places: Places, k: int) -> Float64[np.ndarray, " n_cases"]:
    """Mean reciprocal rank: 1 / rank within the first k, else 0."""
    return _expected(places, 1.0 / np.arange(1, k + 1))


def _expected(places: Places, gains: Float64[np.ndarray, " k"]) -> Float64[np.ndarray, " n_cases"]:
    """Returns the mean gain of a target over its possible ranks; `gains[0]` is the gain of rank 1."""
    summed = np.concatenate([[0.0], np.cumsum(gains)])
    first = np.minimum(places.better, len(gains))
    last = np.minimum(places.better + places.tied, len(gains))
    return np.asarray((summed[last] - summed[first]) / np.maximum(places.tied, 1))
