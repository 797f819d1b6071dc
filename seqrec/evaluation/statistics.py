"""Means over seeds, the sign-flip test of one set of trainings against another, and the correction for many tests.

The sign-flip test holds the trainings fixed: it asks whether *these* would still differ on other test cases, and knows
nothing about other seeds. The test of one model against another, over seeds and cases, is in `estimate.py`.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

_CHUNK_BYTES = 64 * 2**20
"""The memory of one block of resamples, in bytes."""


def mean_and_sd(values: Float64[np.ndarray, " n_seeds"]) -> tuple[float, float | None]:
    """Returns the mean and the sample standard deviation (n - 1) over seeds; no deviation for a single seed."""
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else None


def sign_flip_p_values(
    differences: Float64[np.ndarray, "n_cases n_columns"], n_resamples: int, rng: np.random.Generator
) -> Float64[np.ndarray, " n_columns"]:
    """Returns the two-sided p of a zero mean for each column, by the paired randomisation test (Smucker et al. 2007).

    If two trainings were exchangeable, every per-case difference could as well have had the other sign. p is the
    share of random sign patterns whose sum is at least as far from zero as the observed one. The observed pattern
    is counted too, so p is never below 1 / (n_resamples + 1). Columns of zeros get 1. All columns share the patterns.
    """
    n_cases = len(differences)
    observed = np.abs(differences.sum(axis=0))
    # A pattern that repeats the observed sum may differ from it in the last bits.
    threshold = observed - 1e-12 * np.abs(differences).sum(axis=0)
    n_extreme = np.zeros(differences.shape[1], np.int64)
    for n_block in _blocks(n_resamples, n_cases):
        signs = rng.integers(2, size=(n_block, n_cases), dtype=np.int8) * 2.0 - 1.0
        n_extreme += (np.abs(signs @ differences) >= threshold).sum(axis=0)
    p_values: Float64[np.ndarray, " n_columns"] = (1.0 + n_extreme) / (1.0 + n_resamples)
    return p_values


def holm(p_values: Float64[np.ndarray, " n_tests"]) -> Float64[np.ndarray, " n_tests"]:
    """Adjusts p-values so that the chance of any false alarm among all tests stays at its level (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _blocks(n_resamples: int, n_cases: int) -> Iterator[int]:
    size = max(1, _CHUNK_BYTES // (8 * n_cases))
    for start in range(0, n_resamples, size):
        yield min(size, n_resamples - start)
