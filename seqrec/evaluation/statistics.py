"""The statistics of a comparison: bootstrap over test cases, paired randomisation tests, correction for many tests.

Two kinds of chance are kept apart. Intervals and tests resample test cases, with each case's value averaged over
the seeds first: they show the effect of another sample of users. The standard deviation over seeds shows the
effect of another initialisation.

All columns of a call share their resamples, so that models are compared on the same imagined users.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

_CHUNK_BYTES = 64 * 2**20
"""The memory of one block of resamples, in bytes."""


def mean_and_sd(values: Float64[np.ndarray, " n_seeds"]) -> tuple[float, float | None]:
    """Returns the mean and the sample standard deviation (n - 1) over seeds; no deviation for a single seed."""
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else None


def bootstrap_intervals(
    values: Float64[np.ndarray, "n_cases n_columns"],
    confidence: float,
    n_resamples: int,
    rng: np.random.Generator,
) -> Float64[np.ndarray, "n_columns 2"]:
    """Returns the percentile bootstrap interval of each column's mean over cases (Efron and Tibshirani 1993, ch. 13).

    Cases are drawn with replacement. The percentile form never leaves a metric's range; with the thousands of
    cases of a test set, its corrections (BCa) move the ends by less than the resampling does.
    """
    n_cases = len(values)
    means = np.concatenate(
        [
            _case_weights(rng.integers(n_cases, size=(n_block, n_cases))) @ values / n_cases
            for n_block in _blocks(n_resamples, n_cases)
        ]
    )
    tail = (1.0 - confidence) / 2.0
    intervals: Float64[np.ndarray, "n_columns 2"] = np.quantile(means, [tail, 1.0 - tail], axis=0).T
    return intervals


def sign_flip_p_values(
    differences: Float64[np.ndarray, "n_cases n_columns"], n_resamples: int, rng: np.random.Generator
) -> Float64[np.ndarray, " n_columns"]:
    """Returns the two-sided p of a zero mean for each column, by the paired randomisation test (Smucker et al. 2007).

    If two models were exchangeable, every per-case difference could as well have had the other sign. p is the
    share of random sign patterns whose sum is at least as far from zero as the observed one. The observed pattern
    is counted too, so p is never 0. Columns of zeros get 1.
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


def _case_weights(draws: np.ndarray) -> Float64[np.ndarray, "n_block n_cases"]:
    """Returns how often each case is drawn in each resample, so that sums over resamples are one matrix product."""
    n_block, n_cases = draws.shape
    flat = (draws + np.arange(n_block)[:, None] * n_cases).ravel()
    return np.bincount(flat, minlength=n_block * n_cases).reshape(n_block, n_cases).astype(np.float64)
