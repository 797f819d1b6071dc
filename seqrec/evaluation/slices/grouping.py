"""The base of slicings, which group the test cases by one of their properties."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int64

from seqrec.types import Split

Members = Mapping[str, Bool[np.ndarray, " n_cases"]]
"""The test cases of each group, by its name; every case is in exactly one group."""


@dataclass(frozen=True, slots=True)
class Slicing:
    """A way to group the test cases."""

    title: str
    description: str
    members: Callable[[Split], Members]


def without_empty(members: Members) -> Members:
    """Returns the groups that have a case."""
    return {name: inside for name, inside in members.items() if inside.any()}


def span(counts: Int64[np.ndarray, " n"]) -> str:
    """Formats the smallest and largest count, such as `3 to 17`."""
    low, high = counts.min(), counts.max()
    return f"{low}" if low == high else f"{low} to {high}"


def lowest(values: Float[np.ndarray, " n"] | Int64[np.ndarray, " n"], share: float) -> Bool[np.ndarray, " n"]:
    """Returns a mask of the lowest values, as close to `share` of all as possible without dividing equal values.

    The mask may be empty. If two borders are equally close, the lower one is used.
    """
    levels, n_each = np.unique(values, return_counts=True)
    n_below = np.concatenate([np.zeros(1, np.int64), np.cumsum(n_each)])
    n_levels = int(np.abs(n_below - share * len(values)).argmin())
    return np.isin(values, levels[:n_levels])
