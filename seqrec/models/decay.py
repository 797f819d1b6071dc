"""The weight of an event of a prompt by its age, where 1 is the most recent (Boz et al. 2024, table 1).

The paper's formulas for the logarithmic, quadratic and cubic weights differ from the authors' code; ours follow
the code. Weights are not normalised. The linear, quadratic and cubic weights of Harte et al. 2023 (from 1 for the
oldest event to n for the latest, and powers of these) are the `scaling_` weights times a constant.
"""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float64, Int64

Weights = Float64[np.ndarray, " n_events"]
Counts = Int64[np.ndarray, " n_events"]


def _constant_linear(ages: Counts, lengths: Counts) -> Weights:  # noqa: ARG001 - the same for every length
    return np.maximum(1e-5, 1.0 - 0.1 * (ages - 1))


def _scaling_linear(ages: Counts, lengths: Counts) -> Weights:
    return np.asarray(np.maximum(1e-5, 1.0 - (ages - 1) / lengths))


def _harmonic_squared(ages: Counts, lengths: Counts) -> Weights:  # noqa: ARG001
    return 1.0 / ages.astype(np.float64) ** 2


DECAYS: Mapping[str, Callable[[Counts, Counts], Weights]] = {
    "none": lambda ages, _: np.ones(len(ages)),
    # Nearest neighbours and session vectors have different floors in the authors' code.
    "linear": lambda ages, _: np.maximum(1e-4, 1.0 - 0.1 * (ages - 1)),
    "constant_linear": _constant_linear,
    "scaling_linear": _scaling_linear,
    "scaling_quadratic": lambda ages, lengths: _scaling_linear(ages, lengths) ** 2,
    "scaling_cubic": lambda ages, lengths: _scaling_linear(ages, lengths) ** 3,
    "log": lambda ages, _: 1.0 / (np.log(ages) + 1.0),
    "harmonic": lambda ages, _: 1.0 / ages,
    # One formula has different names for neighbours and for session vectors.
    "quadratic": _harmonic_squared,
    "harmonic_squared": _harmonic_squared,
}
"""The functions that compute the weights of events from their ages and the lengths of their prompts, by name."""
