"""A slow and plain reference evaluation of some cases, which the fast one must agree with in every run.

While a model is ranked, a `Witness` records its scores for a sample of the cases. Here each of these cases is
ranked by a full sort of the same scores, and metrics follow their definitions. So ranks, lists and ties must be
the same to the last digit, and the model is not called again.
"""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64

from seqrec.digest import generator_from
from seqrec.errors import EvaluationError
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.metrics import evaluate
from seqrec.evaluation.slow_metrics import slow_metrics
from seqrec.evaluation.witness import Witness
from seqrec.types import Cases, Rules

N_CASES = 32
"""The size of the sample. A mistake in all cases shows in the first; one in a tenth of them shows in all but 3 % of
runs."""


def sampled_rows(n_cases: int, key: str) -> Int64[np.ndarray, " n_sampled"]:
    """Returns the checked cases, ascending, the same for every model of a protocol, whose digest is `key`."""
    return np.sort(generator_from("reference", key).choice(n_cases, min(N_CASES, n_cases), replace=False))


def verify(judged: Judged, cases: Cases, rules: Rules, witness: Witness, cutoffs: Iterable[int], name: str) -> int:
    """Compares rankings and their metrics with the reference.

    Args:
        judged: The result of `ranking.rank` for the cases.
        cases: The cases that were ranked.
        rules: The rules of the lists.
        witness: The model's scores of the sample.
        cutoffs: The cut-offs of the metrics.
        name: The model's name in errors.

    Returns:
        The number of cases that were compared.

    Raises:
        EvaluationError: They disagree.
    """
    for row, scores in zip(witness.rows.tolist(), witness.scores, strict=True):
        _check_case(f"{name}, case {row}", judged, cases, rules, row, scores)
    if len(witness.rows):
        rows = witness.rows
        sample = Judged(judged.rankings.take(rows), judged.targets[rows], judged.popularity)
        _check_metrics(name, sample, tuple(cutoffs))
    return len(witness.rows)


def _check_case(
    case: str, judged: Judged, cases: Cases, rules: Rules, row: int, scores: Float32[np.ndarray, " n_items"]
) -> None:
    """Raises an error unless the ranking of one case is that of a full sort."""
    target, allowed = int(cases.targets[row]), _allowed(cases, rules, row, scores)
    lists, places = judged.rankings.lists, judged.rankings.places
    best_first = np.flatnonzero(allowed)[np.argsort(-scores[allowed], kind="stable")][: rules.k]
    wanted = np.concatenate([best_first, np.full(rules.k - len(best_first), -1)])
    if not np.array_equal(lists.items[row], wanted):
        raise _disagreement(f"{case}, list", _told(lists.items[row]), _told(wanted))
    if not np.array_equal(lists.scores[row, : len(best_first)], scores[best_first]):
        raise _disagreement(f"{case}, scores of the list", "other scores", "those of the model")
    n_better, n_tied = int(allowed.sum()), 0
    if allowed[target]:
        n_better, n_tied = int((scores[allowed] > scores[target]).sum()), int((scores[allowed] == scores[target]).sum())
    got = (int(places.better[row]), int(places.tied[row]))
    if got != (n_better, n_tied):
        raise _disagreement(f"{case}, target", f"{got[0]} better, {got[1]} tied", f"{n_better} better, {n_tied} tied")


def _allowed(
    cases: Cases, rules: Rules, row: int, scores: Float32[np.ndarray, " n_items"]
) -> Bool[np.ndarray, " n_items"]:
    """Returns a mask of the items that may be recommended in a case."""
    allowed = rules.candidates & (scores > -np.inf)
    if rules.exclude_seen:
        allowed[cases.prompts.sequence(row)] = False
    if cases.shown is not None:
        chosen = np.zeros(len(allowed), bool)
        chosen[cases.shown[row][cases.shown[row] >= 0]] = True
        allowed &= chosen
    return np.asarray(allowed)


def _check_metrics(name: str, sample: Judged, cutoffs: tuple[int, ...]) -> None:
    """Raises an error unless every metric has the value of its definition."""
    fast = evaluate(sample, cutoffs)
    for metric, value in slow_metrics(sample, cutoffs).items():
        if not np.isclose(fast[metric], value, rtol=1e-9, atol=1e-12):
            raise _disagreement(f"{name}, {metric} of {len(sample.rankings)} cases", f"{fast[metric]!r}", f"{value!r}")


def _told(items: Int32[np.ndarray, " k"] | Int64[np.ndarray, " k"]) -> str:
    """Formats the beginning of a list."""
    return f"items {items[:10].tolist()}{' ...' if len(items) > 10 else ''}"


def _disagreement(subject: str, got: str, expected: str) -> EvaluationError:
    return EvaluationError(
        subject,
        got=got,
        expected=f"{expected}, as in the slow reference",
        remedy="No metric of this evaluation can be trusted. Evaluate on another device, and report it with the device "
        "and the version of PyTorch.",
    )
