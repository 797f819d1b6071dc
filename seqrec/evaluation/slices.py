"""Where a model's hits come from: metrics by history length and by popularity of the target."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float64, Int64

from seqrec.digest import generator_from
from seqrec.evaluation.config import Comparison
from seqrec.evaluation.results import Cell, Group, Slices
from seqrec.evaluation.statistics import bootstrap_intervals
from seqrec.types import Split

PerCase = Mapping[str, Float64[np.ndarray, " n_cases"]]
"""One value per test case, mean over seeds, by model label."""

Members = Mapping[str, Bool[np.ndarray, " n_cases"]]
"""The test cases of each group, by its name."""

HISTORY: Mapping[str, tuple[float, float]] = {
    "1 to 2": (1, 2),
    "3 to 5": (3, 5),
    "6 to 10": (6, 10),
    "11 to 20": (11, 20),
    "over 20": (21, np.inf),
}
"""First and last length of each bucket."""


def slices(split: Split, metrics: Mapping[str, PerCase], comparison: Comparison) -> tuple[Slices, ...]:
    """The metrics, given by name, over the test cases by history length and by popularity of the target."""
    return (
        Slices(
            "History length",
            "Number of events in the prompt.",
            _groups(by_history(split), metrics, comparison),
        ),
        Slices(
            "Popularity of the target",
            "Thirds of the test cases, by the number of interactions of their target.",
            _groups(by_popularity(split), metrics, comparison),
        ),
    )


def by_history(split: Split) -> Members:
    """Test cases by number of events in the prompt; buckets without a case are left out."""
    lengths = split.test.prompts.lengths
    members = {name: (lengths >= first) & (lengths <= last) for name, (first, last) in HISTORY.items()}
    return {name: inside for name, inside in members.items() if inside.any()}


def by_popularity(split: Split) -> Members:
    """Test cases in thirds by how often their target was interacted with (`split.counts`), rarest first.

    Equal counts are never parted, so the thirds are as equal as the counts allow. Borders stand in the names.
    """
    counts = split.counts[split.test.targets]
    lower, upper = np.quantile(counts, [1 / 3, 2 / 3], method="inverted_cdf")
    members = {"tail": counts <= lower, "torso": (counts > lower) & (counts <= upper), "head": counts > upper}
    return {f"{name} ({_span(counts[inside])})": inside for name, inside in members.items() if inside.any()}


def _span(counts: Int64[np.ndarray, " n"]) -> str:
    low, high = counts.min(), counts.max()
    return f"{low}" if low == high else f"{low} to {high}"


def _groups(members: Members, metrics: Mapping[str, PerCase], comparison: Comparison) -> tuple[Group, ...]:
    return tuple(
        Group(
            name,
            int(inside.sum()),
            {metric: _cells(name, values, inside, comparison) for metric, values in metrics.items()},
        )
        for name, inside in members.items()
    )


def _cells(
    group: str, values: PerCase, inside: Bool[np.ndarray, " n_cases"], comparison: Comparison
) -> dict[str, Cell]:
    columns = np.stack([column[inside] for column in values.values()], axis=1)
    # Each group has draws of its own; its metrics share them.
    rng = generator_from("slice", group)
    intervals = bootstrap_intervals(columns, comparison.confidence, comparison.n_resamples, rng)
    return {
        label: Cell(float(column.mean()), None, float(low), float(high))
        for label, column, (low, high) in zip(values, columns.T, intervals, strict=True)
    }
