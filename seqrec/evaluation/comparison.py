"""The comparison of the evaluations of several models and seeds under one protocol."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Float64

from seqrec.config import name_of
from seqrec.digest import generator_from
from seqrec.errors import ConfigError, DataError
from seqrec.evaluation.config import Comparison
from seqrec.evaluation.estimate import estimate_difference, estimate_mean
from seqrec.evaluation.metrics import ACCURACY
from seqrec.evaluation.results import Cell, ComparisonResult, Evaluation, Row, SignFlip, Table
from seqrec.evaluation.slices import PerCase, slices
from seqrec.evaluation.statistics import holm, mean_and_sd, sign_flip_p_values
from seqrec.models import recency
from seqrec.preparation.dates import dated
from seqrec.types import Split

log = logging.getLogger(__name__)

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
    max_epochs: Mapping[str, int] = MappingProxyType({}),
) -> ComparisonResult:
    """Returns the table of all models, best first, each tested against a reference, and slices of the test cases.

    Accuracy metrics are means over test cases and get an interval over seeds and cases. Coverage, novelty and
    serendipity describe all lists together, so these metrics have no interval, only a deviation over seeds. A model
    that depends on its seed but was trained once is one training: its interval covers cases only, and it is not
    tested as a model. The sign-flip test compares the trainings themselves in any case.

    Args:
        evaluations: One evaluation per label and seed, each of all test cases of `split`.
        split: The data.
        comparison: The reference, the metric and the confidence.
        protocol_digest: The digest of the protocol that all evaluations must have.
        title: The line above the table.
        floors: The names of the floor models; the best of them is the reference if none is configured.
        max_epochs: By label, the epochs after which a training ends at the latest that would end earlier if its
            validation did not improve any more.

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
    cells = {label: _cells(label, own, per_case, comparison.confidence) for label, own in by_label.items()}
    tests = _tests(by_label, per_case[comparison.metric], reference, comparison)
    table = Table(
        title=title,
        metrics=names,
        rows=tuple(
            _row(own, cells[label], tests.get(label), _stopped_at(own, max_epochs)) for label, own in by_label.items()
        ),
        reference=reference,
        comparison=comparison.metric,
        n_cases=len(split.test),
        protocol_digest=protocol_digest,
        confidence=comparison.confidence,
        notes=tuple(_notes(by_label, split, max_epochs)),
    )
    sliced = {name: per_case[name] for name in (f"hr_at_{comparison.cutoff}", comparison.metric)}
    return ComparisonResult(table, slices(split, sliced, comparison.confidence))


def _notes(by_label: ByLabel, split: Split, max_epochs: Mapping[str, int]) -> Iterator[str]:
    faded = [label for label, own in by_label.items() if own[0].model == name_of(recency.Config)]
    if faded and not dated(split.training.train.times):
        yield (
            f"The data have an order and no times, so there are no dates by which {' and '.join(faded)} could fade: "
            "read it as most_popular, with a little more weight on later positions in the order."
        )
    if warm := [label for label, own in by_label.items() if any(evaluation.fit.origin for evaluation in own)]:
        yield (
            f"{' and '.join(warm)} began with the weights of an earlier run, so training time and epochs are not all "
            "that they have learnt in."
        )
    for label, own in by_label.items():
        if stopped_at := _stopped_at(own, max_epochs):
            yield (
                f"{label} stopped at max_epochs = {stopped_at} while its validation still improved; more epochs may "
                "make it better."
            )


def _stopped_at(own: Sequence[Evaluation], max_epochs: Mapping[str, int]) -> int | None:
    """Returns the largest number of epochs if the training with some seed ended there and still improved."""
    limit = max_epochs.get(own[0].label)
    return limit if any(evaluation.fit.was_improving_at(limit) for evaluation in own) else None


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
        label: np.stack([ACCURACY[kind](evaluation.rankings.places, int(cutoff)) for evaluation in own])
        for label, own in by_label.items()
    }


def _cells(
    label: str, own: Sequence[Evaluation], per_case: Mapping[str, PerCase], confidence: float
) -> dict[str, Cell]:
    """Returns the cells of one model, by metric."""
    intervals = {name: estimate_mean(values[label]).interval(confidence) for name, values in per_case.items()}
    return {
        name: Cell(
            *mean_and_sd(np.array([evaluation.metrics[name] for evaluation in own])),
            *intervals.get(name, (None, None)),
        )
        for name in own[0].metrics
    }


@dataclass(frozen=True, slots=True)
class _Test:
    """What tells a model from the reference."""

    difference: Cell
    p_value: float | None
    p_adjusted: float | None
    sign_flip: SignFlip


def _tests(by_label: ByLabel, per_case: PerCase, reference: str, comparison: Comparison) -> dict[str, _Test]:
    """Returns the tests of every model but the reference, by label."""
    others = [label for label in by_label if label != reference]
    if not others:
        return {}
    estimates = {label: estimate_difference(per_case[label], per_case[reference]) for label in others}
    several = [label for label in others if not _one_training(by_label[label])]
    p_values = {label: estimates[label].p_value for label in several if not _one_training(by_label[reference])}
    adjusted = _adjusted(p_values)
    sign_flips = _sign_flips({label: per_case[label] for label in others}, per_case[reference], comparison)
    return {
        label: _Test(
            Cell(estimate.value, None, *estimate.interval(comparison.confidence)),
            p_values.get(label),
            adjusted.get(label),
            sign_flips[label],
        )
        for label, estimate in estimates.items()
    }


def _sign_flips(
    per_case: PerCase, reference: Float64[np.ndarray, "_n_seeds n_cases"], comparison: Comparison
) -> dict[str, SignFlip]:
    mean = reference.mean(axis=0)
    differences = np.stack([values.mean(axis=0) - mean for values in per_case.values()], axis=1)
    # The seed is fixed: every test sees the same sign patterns, whatever other models the table shows.
    found = sign_flip_p_values(differences, comparison.n_resamples, generator_from("signs"))
    p_values = dict(zip(per_case, found.tolist(), strict=True))
    adjusted = _adjusted(p_values)
    # Each p is a whole number of resamples, so a half of one tells the smallest from the next.
    smallest = 1.5 / (1.0 + comparison.n_resamples)
    return {label: SignFlip(p, adjusted[label], p < smallest) for label, p in p_values.items()}


def _adjusted(p_values: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(p_values, holm(np.array([*p_values.values()])).tolist(), strict=True))


def _one_training(evaluations: Sequence[Evaluation]) -> bool:
    return evaluations[0].stochastic and len(evaluations) == 1


def _row(
    evaluations: Sequence[Evaluation], cells: Mapping[str, Cell], test: _Test | None, stopped_at: int | None
) -> Row:
    epochs = [evaluation.fit.best_epoch for evaluation in evaluations if evaluation.fit.best_epoch is not None]
    return Row(
        label=evaluations[0].label,
        model=evaluations[0].model,
        n_seeds=len(evaluations),
        seeds=tuple(evaluation.seed for evaluation in evaluations),
        one_training=_one_training(evaluations),
        cells=cells,
        difference=test.difference if test else None,
        p_value=test.p_value if test else None,
        p_adjusted=test.p_adjusted if test else None,
        sign_flip=test.sign_flip if test else None,
        duration_s=float(np.mean([evaluation.fit.duration_s for evaluation in evaluations])),
        n_parameters=evaluations[0].fit.n_parameters,
        best_epoch=float(np.mean(epochs)) if epochs else None,
        stopped_at=stopped_at,
    )
