"""Metrics over groups of test cases, to show where hits come from. A new grouping takes one file and one line here."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float64

from seqrec.digest import generator_from
from seqrec.evaluation.config import Comparison
from seqrec.evaluation.results import Cell, Group, Slices
from seqrec.evaluation.slices import history, popularity, transitions, warmth
from seqrec.evaluation.slices.grouping import Members
from seqrec.evaluation.statistics import bootstrap_intervals
from seqrec.types import Split

PerCase = Mapping[str, Float64[np.ndarray, " n_cases"]]
"""One value per test case, averaged over seeds, by model label."""

SLICINGS = (history.SLICING, popularity.SLICING, warmth.SLICING, transitions.SLICING)


def slices(split: Split, metrics: Mapping[str, PerCase], comparison: Comparison) -> tuple[Slices, ...]:
    """Computes the named metrics over the groups of every slicing."""
    return tuple(
        Slices(slicing.title, slicing.description, _groups(slicing.members(split), metrics, comparison))
        for slicing in SLICINGS
    )


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
    # Each group has its own draws, which its metrics share.
    rng = generator_from("slice", group)
    intervals = bootstrap_intervals(columns, comparison.confidence, comparison.n_resamples, rng)
    return {
        label: Cell(float(column.mean()), None, float(low), float(high))
        for label, column, (low, high) in zip(values, columns.T, intervals, strict=True)
    }
