"""Simulation of comparisons whose truth is known: how often tests call models different, with and without a difference.

Each comparison draws test cases, seeds and NDCG@20 of every case under every seed; most cases have 0, as on Amazon
Beauty. A model with itself (A/A) is trained twice, with other seeds. Two models that are equally good on average
succeed on other cases. Ours is the t test over seeds and cases of `seqrec.evaluation.estimate`; the others are the
sign-flip test, which covers cases only, and the two-way bootstrap, plain and with the factor S / (S - 1) for S seeds.

    python -m benchmarks.significance --comparisons 2000
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Annotated

import numpy as np
import typer
from jaxtyping import Float64
from scipy.optimize import brentq
from scipy.special import ndtr

from benchmarks.measure import heading, markdown
from seqrec.evaluation.accuracy import ndcg
from seqrec.evaluation.estimate import estimate_difference
from seqrec.evaluation.statistics import sign_flip_p_values
from seqrec.types import Places

Values = Float64[np.ndarray, "n_seeds n_cases"]
Test = Callable[[Values, Values, np.random.Generator], float]
"""Returns a p-value from the values of two models; some draw resamples."""

K = 20
N_CASES = 4_469
"""The test cases of Amazon Beauty under the temporal split."""
NDCG = 0.04
SPREAD = 3.0
"""The standard deviation over cases of the logarithm of the target's rank."""
BY_CASE, BY_MODEL, BY_SEED = 0.5, 0.25, 0.25
"""The shares of that variance that all models have in common, that a model has, and that each of its seeds has."""
INTERACTION = 0.0015
"""The deviation between the means of seeds that these shares cause on `N_CASES` cases, without an effect of seeds."""
DEVIATIONS = (0.0, 0.0021, 0.0027, 0.0038)
"""Deviations between the means of seeds, as in the README's tables; with 0, seeds deviate by `INTERACTION` alone."""
SEEDS = ((2, 2), (3, 3), (5, 5), (3, 0), (5, 0))
"""Seeds of both models; 0 is a deterministic model."""
GAINS = (0.003, 0.006, 0.009, 0.012)
"""True differences between two models, for the power."""
N_RESAMPLES = 400
_GAINS = np.append(ndcg(Places(np.arange(K), np.ones(K, np.int64)), K), 0.0)
"""NDCG by the number of items above the target."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What two models have in common, and in what they differ."""

    seeds: tuple[int, int]
    """The number of seeds of each; 0 is a deterministic model."""
    deviation: float = 0.0
    """The standard deviation between the means of a model's seeds."""
    same: bool = True
    """Whether both succeed on the same cases, as a model does with itself."""
    gain: float = 0.0
    """The true NDCG of the first model minus that of the second."""
    n_cases: int = N_CASES

    def __str__(self) -> str:
        first, second = (str(n_seeds or "deterministic") for n_seeds in self.seeds)
        return f"{first} and {second}"


def draw(setting: Setting, rng: np.random.Generator) -> tuple[Values, Values]:
    """Draw the values of both models in one comparison."""
    of_case = rng.normal(size=setting.n_cases) * np.sqrt(BY_CASE)
    of_model = rng.normal(size=(2, setting.n_cases)) * np.sqrt(BY_MODEL)
    first = _values(setting.seeds[0], of_case + of_model[0], NDCG + setting.gain, setting, rng)
    second = _values(setting.seeds[1], of_case + of_model[0 if setting.same else 1], NDCG, setting, rng)
    return first, second


def by_estimate(first: Values, second: Values, rng: np.random.Generator) -> float:  # noqa: ARG001 - others draw
    """Return the p-value of our test over seeds and cases."""
    return estimate_difference(first, second).p_value


def by_sign_flip(first: Values, second: Values, rng: np.random.Generator) -> float:
    """Return the p-value of the test of these trainings alone."""
    return float(sign_flip_p_values((first.mean(axis=0) - second.mean(axis=0))[:, None], N_RESAMPLES, rng)[0])


def by_bootstrap(first: Values, second: Values, rng: np.random.Generator) -> float:
    """Return the p-value of the percentile bootstrap over seeds and cases."""
    return _bootstrap(first, second, rng, widened=False)


def by_widened_bootstrap(first: Values, second: Values, rng: np.random.Generator) -> float:
    """Return the same with the deviations of resampled seeds widened by the root of S / (S - 1)."""
    return _bootstrap(first, second, rng, widened=True)


OTHERS: dict[str, Test] = {
    "sign-flip": by_sign_flip,
    "two-way bootstrap": by_bootstrap,
    "the same, widened": by_widened_bootstrap,
}


def p_values(test: Test, setting: Setting, n_comparisons: int) -> Float64[np.ndarray, " n_comparisons"]:
    """Return the p-values of a test in independent comparisons."""
    rng, resamples = np.random.default_rng(0), np.random.default_rng(1)
    return np.array([test(*draw(setting, rng), resamples) for _ in range(n_comparisons)])


def called_different(test: Test, setting: Setting, n_comparisons: int) -> float:
    """Return the share of comparisons in which a test finds a difference at 5 %."""
    return float((p_values(test, setting, n_comparisons) < 0.05).mean())


def _values(
    n_seeds: int, of_case: Float64[np.ndarray, " n_cases"], mean: float, setting: Setting, rng: np.random.Generator
) -> Values:
    # The seed of a deterministic model never changes, which is a single draw without an effect on all cases.
    shift = _shift(mean, setting.deviation) if n_seeds else 0.0
    of_seed = rng.normal(size=(max(n_seeds, 1), 1)) * shift
    of_seed_and_case = rng.normal(size=(max(n_seeds, 1), setting.n_cases)) * np.sqrt(BY_SEED)
    # With this centre, the mean over all cases and seeds is `mean`.
    log_ranks = _centre(mean, float(np.hypot(SPREAD, shift))) + of_seed + SPREAD * (of_case + of_seed_and_case)
    better = np.minimum(np.exp(np.minimum(log_ranks, K)), K).astype(np.int64)
    return np.asarray(_GAINS[better])


@cache
def _shift(mean: float, deviation: float) -> float:
    """Return the deviation of logarithms of ranks between seeds that gives the means of seeds their deviation."""
    effect = max(deviation**2 - INTERACTION**2, 0.0) ** 0.5
    step = 0.01
    return effect * step / (_mean(_centre(mean, SPREAD) - step, SPREAD) - mean)


@cache
def _centre(mean: float, spread: float) -> float:
    """Return the mean of the logarithms of ranks that gives NDCG its mean."""
    return float(brentq(lambda centre: _mean(centre, spread) - mean, -20.0, 40.0))


def _mean(centre: float, spread: float) -> float:
    """Return the true mean of NDCG if the logarithms of ranks are normal."""
    ends = np.append(-np.inf, np.log(np.arange(1, K + 1)))
    return float(np.diff(ndtr((ends - centre) / spread)) @ _GAINS[:K])


def _bootstrap(first: Values, second: Values, rng: np.random.Generator, *, widened: bool) -> float:
    n_cases = first.shape[1]
    cells = rng.integers(n_cases, size=(N_RESAMPLES, n_cases)) + n_cases * np.arange(N_RESAMPLES)[:, None]
    weights = np.bincount(cells.ravel(), minlength=cells.size).reshape(cells.shape)
    one, other = (_resampled(values, weights, rng, widened=widened) for values in (first, second))
    above = float(np.mean(one > other))
    return 2.0 * min(above, 1.0 - above)


def _resampled(
    values: Values, weights: np.ndarray, rng: np.random.Generator, *, widened: bool
) -> Float64[np.ndarray, " n_resamples"]:
    means = weights @ values.T / values.shape[1]
    n_seeds = len(values)
    drawn = np.take_along_axis(means, rng.integers(n_seeds, size=means.shape), axis=1).mean(axis=1)
    centre = means.mean(axis=1)
    factor = np.sqrt(n_seeds / (n_seeds - 1)) if widened and n_seeds > 1 else 1.0
    return np.asarray(centre + factor * (drawn - centre))


def _levels(setting: Setting, comparisons: int, others: int) -> list[str]:
    ours = p_values(by_estimate, setting, comparisons)
    return [
        str(setting),
        "the same" if setting.same else "others",
        f"{setting.deviation:.4f}",
        f"{(ours < 0.05).mean():.1%}",
        f"{(ours < 0.05 / 12).mean():.2%}",
        *(f"{called_different(test, setting, others):.1%}" for test in OTHERS.values()),
    ]


def main(
    comparisons: Annotated[int, typer.Option(help="Simulated comparisons for each figure of ours.")] = 2000,
    others: Annotated[int, typer.Option(help="The same for the other tests, which are slow.")] = 400,
) -> None:
    """Print how often each test finds a difference where there is none, and how often ours finds one that is there."""
    print(heading("Share of comparisons called different at 5 % if the models are equally good"))
    rows = [_levels(Setting(*one), comparisons, others) for one in product(SEEDS, DEVIATIONS, (True, False))]
    print(markdown(["seeds", "cases", "deviation", "ours", "ours at 0.42 %", *OTHERS], rows))
    print("\n" + heading("Power: share of comparisons in which ours finds the difference at 5 %"))
    rows = [
        [
            str(setting),
            f"{setting.deviation:.4f}",
            *(f"{called_different(by_estimate, replace(setting, gain=gain), comparisons):.0%}" for gain in GAINS),
        ]
        for setting in (Setting(*one, same=False) for one in product(SEEDS, DEVIATIONS))
    ]
    print(markdown(["seeds", "deviation", *(f"{gain:+.3f}" for gain in GAINS)], rows))


if __name__ == "__main__":
    typer.run(main)
