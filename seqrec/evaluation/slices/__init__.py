"""Metrics over groups of test cases, to show where hits come from. A new grouping takes one file and one line here."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float64

from seqrec.evaluation.estimate import estimate_mean
from seqrec.evaluation.results import Cell, Group, Slices
from seqrec.evaluation.slices import history, popularity, training, transitions, warmth
from seqrec.evaluation.slices.grouping import Members
from seqrec.types import Split

PerCase = Mapping[str, Float64[np.ndarray, "_n_seeds n_cases"]]
"""One value per seed and test case, by model label."""

SLICINGS = (history.SLICING, popularity.SLICING, warmth.SLICING, training.SLICING, transitions.SLICING)


def slices(split: Split, metrics: Mapping[str, PerCase], confidence: float) -> tuple[Slices, ...]:
    """Computes the named metrics over the groups of every slicing, with intervals over seeds and cases.

    A slicing that has all cases in one group is left out.
    """
    divided = {slicing: slicing.members(split) for slicing in SLICINGS}
    return tuple(
        Slices(slicing.title, slicing.description, _groups(members, metrics, confidence))
        for slicing, members in divided.items()
        if len(members) > 1
    )


def _groups(members: Members, metrics: Mapping[str, PerCase], confidence: float) -> tuple[Group, ...]:
    return tuple(
        Group(
            name,
            int(inside.sum()),
            {metric: _cells(values, inside, confidence) for metric, values in metrics.items()},
        )
        for name, inside in members.items()
    )


def _cells(values: PerCase, inside: Bool[np.ndarray, " n_cases"], confidence: float) -> dict[str, Cell]:
    estimates = {label: estimate_mean(own[:, inside]) for label, own in values.items()}
    return {label: Cell(estimate.value, None, *estimate.interval(confidence)) for label, estimate in estimates.items()}
