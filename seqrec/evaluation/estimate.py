"""The mean of a model and the difference of two, with an uncertainty that covers seeds and test cases.

A value has four parts: what the model does on average, what its seed adds on all cases, what the case adds under all
seeds, and what this seed adds on this case. Another run has other seeds, and another sample of users has other cases.
The variance of a mean over both is that of a crossed random-effects model,

    V = (variance of the cases) / n  +  sum over the models of (variance of their seeds) / n_seeds,

and V is compared with Student's t at Satterthwaite's degrees of freedom, because three seeds tell little about their
own variance. Radiology compares readers on cases in the same way (Hillis 2007, Statistics in Medicine 26). Seeds of
different models are independent, even if they have the same number. `docs/statistics.md` has the levels and the power.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.special import stdtr, stdtrit

_SMALLEST_ERROR = 1e-12
"""Below the rounding of any metric between 0 and 1; values that differ by less are the same."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or a difference and its standard error."""

    value: float
    error: float | None
    """The standard error; None for a single case, which says nothing about other cases."""
    df: float
    """The degrees of freedom of the standard error."""
    least: float
    """The smallest true value that is possible; the largest is 1."""

    @property
    def p_value(self) -> float:
        """The two-sided p-value of the t test of a true value of 0; 1 without a standard error."""
        if self.error is None:
            return 1.0
        return float(2.0 * stdtr(self.df, -abs(self.value) / max(self.error, _SMALLEST_ERROR)))

    def interval(self, confidence: float) -> tuple[float, float] | tuple[None, None]:
        """Returns the ends of the t interval, inside the possible values; without a standard error there are none."""
        if self.error is None:
            return None, None
        half = float(stdtrit(self.df, 0.5 + confidence / 2.0)) * self.error
        return max(self.value - half, self.least), min(self.value + half, 1.0)


def estimate_mean(values: Float64[np.ndarray, "n_seeds n_cases"]) -> Estimate:
    """Returns the mean of an accuracy, which is between 0 and 1, over seeds and cases.

    With a single seed, the error covers the cases only.
    """
    return _estimate(values.mean(axis=0), [_Seeds.of(values)], 0.0)


def estimate_difference(
    values: Float64[np.ndarray, "n_seeds n_cases"], reference: Float64[np.ndarray, "n_reference_seeds n_cases"]
) -> Estimate:
    """Returns the mean of `values` minus that of `reference`, paired by case.

    A side with a single seed adds no variance of seeds. That is right for a deterministic model only.
    """
    return _estimate(values.mean(axis=0) - reference.mean(axis=0), [_Seeds.of(values), _Seeds.of(reference)], -1.0)


@dataclass(frozen=True, slots=True)
class _Seeds:
    """The variance of a model's mean that its seeds cause."""

    variance: float
    """The variance of the mean over seeds, from the deviation between the means of the seeds."""
    interaction: float
    """The part of the variance that other cases would change too. The variance between cases contains it as well."""
    df: int

    @classmethod
    def of(cls, values: Float64[np.ndarray, "n_seeds n_cases"]) -> "_Seeds":
        n_seeds, n_cases = values.shape
        if n_seeds == 1 or n_cases == 1:
            return cls(0.0, 0.0, 1)
        means = values.mean(axis=1, keepdims=True)
        rest = values - values.mean(axis=0) - (means - means.mean())
        interaction = float(np.square(rest).sum()) / ((n_seeds - 1) * (n_cases - 1))
        return cls(float(means.var(ddof=1)) / n_seeds, interaction / (n_cases * n_seeds), n_seeds - 1)


def _estimate(cases: Float64[np.ndarray, " n_cases"], seeds: Sequence[_Seeds], least: float) -> Estimate:
    value, n_cases = float(cases.mean()), len(cases)
    if n_cases == 1:
        return Estimate(value, None, 0.0, least)
    # The interaction counts once. Seeds that agree by luck count as much as the interaction alone would make them
    # deviate, so the interval is never narrower than one over the cases alone.
    of_cases = max(float(cases.var(ddof=1)) / n_cases - sum(one.interaction for one in seeds), 0.0)
    parts = [(of_cases, n_cases - 1), *((max(one.variance, one.interaction), one.df) for one in seeds)]
    variance = sum(part for part, _ in parts)
    spread = sum(part**2 / df for part, df in parts)
    df = variance**2 / spread if spread > 0.0 else n_cases - 1.0
    return Estimate(value, float(np.sqrt(variance)), df, least)
