"""Evaluations of several models and seeds under one protocol, held against each other."""

import logging
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import Float64

from seqrec.digest import generator_from
from seqrec.errors import ConfigError, DataError
from seqrec.evaluation.config import FLOORS, Comparison
from seqrec.evaluation.metrics import ACCURACY
from seqrec.evaluation.results import Cell, ComparisonResult, Evaluation, Row, Table
from seqrec.evaluation.slices import PerCase, slices
from seqrec.evaluation.statistics import bootstrap_intervals, holm, mean_and_sd, sign_flip_p_values
from seqrec.types import Split

log = logging.getLogger(__name__)

K = TypeVar("K")

Runs = Mapping[str, Sequence[Evaluation]]
"""The evaluations of each label, one per seed."""


def compare(
    evaluations: Sequence[Evaluation], split: Split, comparison: Comparison, protocol_digest: str, title: str
) -> ComparisonResult:
    """The table of all models, best first, each tested against a reference; and slices of the test cases.

    Accuracy metrics are means over test cases and get a bootstrap interval. Coverage, novelty and serendipity
    describe all lists together: resampled cases repeat lists and would understate coverage, so these have no
    interval and show only their deviation over seeds.

    Raises:
        ConfigError: There is no reference and no floor, or the metric of the comparison was not taken.
        DataError: There is nothing to compare, or an evaluation is of another protocol or other test cases.
    """
    _check(evaluations, len(split.test), comparison, protocol_digest)
    runs: dict[str, list[Evaluation]] = {}
    for evaluation in evaluations:
        runs.setdefault(evaluation.label, []).append(evaluation)
    means = {label: _mean(runs[label], comparison.metric) for label in runs}
    runs = {label: runs[label] for label in sorted(runs, key=lambda label: (-means[label], label))}
    reference = _reference(runs, comparison)

    names = tuple(evaluations[0].metrics)
    per_case = {name: _per_case(runs, name) for name in names if _is_accuracy(name)}
    cells = _cells(runs, names, per_case, comparison)
    tests = _tests(per_case[comparison.metric], reference, comparison)
    table = Table(
        title=title,
        metrics=names,
        rows=tuple(_row(own, cells[label], tests.get(label)) for label, own in runs.items()),
        reference=reference,
        comparison=comparison.metric,
        n_cases=len(split.test),
        protocol_digest=protocol_digest,
        confidence=comparison.confidence,
    )
    sliced = {name: per_case[name] for name in (f"hr_at_{comparison.cutoff}", comparison.metric)}
    return ComparisonResult(table, slices(split, sliced, comparison))


def _check(evaluations: Sequence[Evaluation], n_cases: int, comparison: Comparison, protocol_digest: str) -> None:
    if not evaluations:
        raise DataError(
            "comparison",
            got="no evaluation",
            expected="at least one model that was trained and evaluated",
            remedy="Look at why each model failed.",
        )
    for evaluation in evaluations:
        subject = f"evaluation of {evaluation.label} with seed {evaluation.seed}"
        if evaluation.protocol_digest != protocol_digest:
            raise DataError(
                subject,
                got=f"protocol {evaluation.protocol_digest}",
                expected=f"protocol {protocol_digest}, that of the table",
                remedy="Different protocols can't be compared: evaluate the model under this one.",
            )
        if len(evaluation.rankings) != n_cases:
            raise DataError(
                subject,
                got=f"{len(evaluation.rankings)} rankings",
                expected=f"one for each of the {n_cases} test cases",
                remedy="Evaluate the model on this split.",
            )
        if comparison.metric not in evaluation.metrics:
            raise ConfigError(
                "comparison.cutoff",
                got=str(comparison.cutoff),
                expected=f"a cut-off that was evaluated; metrics are {', '.join(evaluation.metrics)}",
                remedy="Choose one of protocol.cutoffs.",
            )


def _reference(runs: Runs, comparison: Comparison) -> str:
    """The label that was asked for; without one, or if it failed, the best floor. `runs` stand best first."""
    if comparison.reference in runs:
        return str(comparison.reference)
    floor = next((label for label in runs if runs[label][0].model in FLOORS), None)
    if floor is None:
        raise ConfigError(
            "comparison.reference",
            got=str(comparison.reference),
            expected=f"one of the models that were evaluated: {', '.join(runs)}",
            remedy=f"Name one, or add a floor: {', '.join(FLOORS)}.",
        )
    if comparison.reference is not None:
        log.warning("The reference %s has no result; models are tested against %s.", comparison.reference, floor)
    return floor


def _is_accuracy(name: str) -> bool:
    return name.rpartition("_at_")[0] in ACCURACY


def _mean(runs: Sequence[Evaluation], name: str) -> float:
    return float(np.mean([run.metrics[name] for run in runs]))


def _per_case(runs: Runs, name: str) -> PerCase:
    kind, _, cutoff = name.rpartition("_at_")
    return {
        label: np.mean([ACCURACY[kind](run.rankings, int(cutoff)) for run in own], axis=0)
        for label, own in runs.items()
    }


def _cells(
    runs: Runs, names: Sequence[str], per_case: Mapping[str, PerCase], comparison: Comparison
) -> dict[str, dict[str, Cell]]:
    """The cells of each label, by metric."""
    columns = {(label, name): values[label] for name, values in per_case.items() for label in runs}
    intervals = _intervals(columns, comparison)
    return {
        label: {
            name: Cell(
                *mean_and_sd(np.array([run.metrics[name] for run in own])),
                *intervals.get((label, name), (None, None)),
            )
            for name in names
        }
        for label, own in runs.items()
    }


def _intervals(
    columns: Mapping[K, Float64[np.ndarray, " n_cases"]], comparison: Comparison
) -> dict[K, tuple[float, float]]:
    # A fixed seed: every interval of a table, whatever else stands in it, is over the same imagined users.
    rng = generator_from("intervals")
    stacked = np.stack(list(columns.values()), axis=1)
    intervals = bootstrap_intervals(stacked, comparison.confidence, comparison.n_resamples, rng)
    return {key: (float(low), float(high)) for key, (low, high) in zip(columns, intervals, strict=True)}


def _tests(per_case: PerCase, reference: str, comparison: Comparison) -> dict[str, tuple[Cell, float, float]]:
    """Difference from the reference, p and adjusted p, by label of every other model."""
    differences = {label: values - per_case[reference] for label, values in per_case.items() if label != reference}
    if not differences:
        return {}
    intervals = _intervals(differences, comparison)
    columns = np.stack(list(differences.values()), axis=1)
    p_values = sign_flip_p_values(columns, comparison.n_resamples, generator_from("signs"))
    return {
        label: (Cell(float(values.mean()), None, *intervals[label]), float(p), float(adjusted))
        for (label, values), p, adjusted in zip(differences.items(), p_values, holm(p_values), strict=True)
    }


def _row(runs: Sequence[Evaluation], cells: Mapping[str, Cell], test: tuple[Cell, float, float] | None) -> Row:
    difference, p_value, p_adjusted = test or (None, None, None)
    epochs = [run.fit.best_epoch for run in runs if run.fit.best_epoch is not None]
    return Row(
        label=runs[0].label,
        model=runs[0].model,
        n_seeds=len(runs),
        seeds=tuple(run.seed for run in runs),
        cells=cells,
        difference=difference,
        p_value=p_value,
        p_adjusted=p_adjusted,
        duration_s=float(np.mean([run.fit.duration_s for run in runs])),
        n_parameters=runs[0].fit.n_parameters,
        best_epoch=float(np.mean(epochs)) if epochs else None,
    )
