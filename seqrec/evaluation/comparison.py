"""The comparison of the evaluations of several models and seeds under one protocol."""

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import Float64

from seqrec.digest import generator_from
from seqrec.errors import ConfigError, DataError
from seqrec.evaluation.config import Comparison
from seqrec.evaluation.metrics import ACCURACY
from seqrec.evaluation.results import Cell, ComparisonResult, Evaluation, Row, Table
from seqrec.evaluation.slices import PerCase, slices
from seqrec.evaluation.statistics import bootstrap_intervals, holm, mean_and_sd, sign_flip_p_values
from seqrec.types import Split

log = logging.getLogger(__name__)

K = TypeVar("K")

ByLabel = Mapping[str, Sequence[Evaluation]]
"""The evaluations by label, one per seed."""


def compare(
    evaluations: Sequence[Evaluation],
    split: Split,
    comparison: Comparison,
    *,
    protocol_digest: str,
    title: str,
    floors: Collection[str],
) -> ComparisonResult:
    """Returns the table of all models, best first, each tested against a reference, and slices of the test cases.

    Accuracy metrics are means over test cases and get a bootstrap interval. Coverage, novelty and serendipity
    describe all lists together: resampled cases repeat lists and would understate coverage. So these metrics have
    no interval, only a deviation over seeds.

    Args:
        evaluations: One evaluation per label and seed, each of all test cases of `split`.
        split: The data.
        comparison: The reference, the metric and the confidence.
        protocol_digest: The digest of the protocol that all evaluations must have.
        title: The line above the table.
        floors: The names of the floor models; the best of them is the reference if none is configured.

    Raises:
        ConfigError: There is no reference and no floor, or the metric of the comparison was not evaluated.
        DataError: There is nothing to compare, or an evaluation has a different protocol or different test cases.
    """
    _check(evaluations, len(split.test), comparison, protocol_digest)
    by_label: dict[str, list[Evaluation]] = {}
    for evaluation in evaluations:
        by_label.setdefault(evaluation.label, []).append(evaluation)
    means = {label: _mean(by_label[label], comparison.metric) for label in by_label}
    by_label = {label: by_label[label] for label in sorted(by_label, key=lambda label: (-means[label], label))}
    reference = _reference(by_label, comparison, floors)

    names = tuple(evaluations[0].metrics)
    per_case = {name: _per_case(by_label, name) for name in names if _is_accuracy(name)}
    cells = _cells(by_label, names, per_case, comparison)
    tests = _tests(per_case[comparison.metric], reference, comparison)
    table = Table(
        title=title,
        metrics=names,
        rows=tuple(_row(own, cells[label], tests.get(label)) for label, own in by_label.items()),
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
            remedy="Check why each model failed.",
        )
    for evaluation in evaluations:
        subject = f"evaluation of {evaluation.label} with seed {evaluation.seed}"
        if evaluation.protocol_digest != protocol_digest:
            raise DataError(
                subject,
                got=f"protocol {evaluation.protocol_digest}",
                expected=f"protocol {protocol_digest}, as in the table",
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
                expected=f"a cut-off that was evaluated; the metrics are {', '.join(evaluation.metrics)}",
                remedy="Choose one of protocol.cutoffs.",
            )


def _reference(by_label: ByLabel, comparison: Comparison, floors: Collection[str]) -> str:
    """Returns the configured label, or the best floor if there is none or it failed; `by_label` has the best first."""
    if comparison.reference in by_label:
        return str(comparison.reference)
    floor = next((label for label in by_label if by_label[label][0].model in floors), None)
    if floor is None:
        raise ConfigError(
            "comparison.reference",
            got="no result for it or for any floor" if comparison.reference else "no result for any floor",
            expected=f"results of a model to compare the others with; those with results are: {', '.join(by_label)}",
            remedy=f"Correct what made the floors fail ({', '.join(floors)}), or name one of these.",
        )
    if comparison.reference is not None:
        log.warning("The reference %s has no result; models are tested against %s.", comparison.reference, floor)
    return floor


def _is_accuracy(name: str) -> bool:
    return name.rpartition("_at_")[0] in ACCURACY


def _mean(evaluations: Sequence[Evaluation], name: str) -> float:
    return float(np.mean([evaluation.metrics[name] for evaluation in evaluations]))


def _per_case(by_label: ByLabel, name: str) -> PerCase:
    kind, _, cutoff = name.rpartition("_at_")
    return {
        label: np.mean([ACCURACY[kind](evaluation.rankings.places, int(cutoff)) for evaluation in own], axis=0)
        for label, own in by_label.items()
    }


def _cells(
    by_label: ByLabel, names: Sequence[str], per_case: Mapping[str, PerCase], comparison: Comparison
) -> dict[str, dict[str, Cell]]:
    """Returns the cells of each label, by metric."""
    columns = {(label, name): values[label] for name, values in per_case.items() for label in by_label}
    intervals = _intervals(columns, comparison)
    return {
        label: {
            name: Cell(
                *mean_and_sd(np.array([evaluation.metrics[name] for evaluation in own])),
                *intervals.get((label, name), (None, None)),
            )
            for name in names
        }
        for label, own in by_label.items()
    }


def _intervals(
    columns: Mapping[K, Float64[np.ndarray, " n_cases"]], comparison: Comparison
) -> dict[K, tuple[float, float]]:
    # The seed is fixed: every interval is over the same imagined users, whatever other models the table shows.
    rng = generator_from("intervals")
    stacked = np.stack(list(columns.values()), axis=1)
    intervals = bootstrap_intervals(stacked, comparison.confidence, comparison.n_resamples, rng)
    return {key: (float(low), float(high)) for key, (low, high) in zip(columns, intervals, strict=True)}


def _tests(per_case: PerCase, reference: str, comparison: Comparison) -> dict[str, tuple[Cell, float, float]]:
    """Returns the difference from the reference, p and adjusted p, by label of every other model."""
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


def _row(evaluations: Sequence[Evaluation], cells: Mapping[str, Cell], test: tuple[Cell, float, float] | None) -> Row:
    difference, p_value, p_adjusted = test or (None, None, None)
    epochs = [evaluation.fit.best_epoch for evaluation in evaluations if evaluation.fit.best_epoch is not None]
    return Row(
        label=evaluations[0].label,
        model=evaluations[0].model,
        n_seeds=len(evaluations),
        seeds=tuple(evaluation.seed for evaluation in evaluations),
        cells=cells,
        difference=difference,
        p_value=p_value,
        p_adjusted=p_adjusted,
        duration_s=float(np.mean([evaluation.fit.duration_s for evaluation in evaluations])),
        n_parameters=evaluations[0].fit.n_parameters,
        best_epoch=float(np.mean(epochs)) if epochs else None,
    )
