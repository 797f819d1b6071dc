"""The evaluation of some cases once more, slowly and plainly, which the fast one must agree with in every run.

While a model is ranked, a `Witness` keeps the scores that it gave to a sample of the cases. Here each of these is
ranked by a full sort of the very same scores, and metrics are taken by their definitions. So ranks, lists and ties must
be the same to the last digit; and the model is not asked again.
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
"""Cases of the sample: what is wrong everywhere shows in the first, what is wrong in a tenth in all but 3 % of runs."""


def sampled_rows(n_cases: int, key: str) -> Int64[np.ndarray, " n_sampled"]:
    """The cases that are checked, ascending; the same for every model of a protocol, whose digest is the `key`."""
    return np.sort(generator_from("reference", key).choice(n_cases, min(N_CASES, n_cases), replace=False))


def verify(judged: Judged, cases: Cases, rules: Rules, witness: Witness, cutoffs: Iterable[int], name: str) -> int:
    """Compare rankings, and the metrics made of them, with the reference.

    Args:
        judged: What `ranking.rank` gave for the cases.
        cases: What was asked.
        rules: How the lists were made.
        witness: What the model answered to the sample.
        cutoffs: List lengths of the metrics.
        name: What errors call the model.

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
    """Raise unless the ranking of one case is that of a full sort."""
    target, allowed = int(cases.targets[row]), _allowed(cases, rules, row, scores)
    lists, places = judged.rankings.lists, judged.rankings.places
    best_first = np.flatnonzero(allowed)[np.argsort(-scores[allowed], kind="stable")][: rules.k]
    wanted = np.concatenate([best_first, np.full(rules.k - len(best_first), -1)])
    if not np.array_equal(lists.items[row], wanted):
        raise _disagreement(f"{case}, list", _told(lists.items[row]), _told(wanted))
    if not np.array_equal(lists.scores[row, : len(best_first)], scores[best_first]):
        raise _disagreement(f"{case}, scores of the list", "other scores", "those that the model gave")
    n_better, n_tied = int(allowed.sum()), 0
    if allowed[target]:
        n_better, n_tied = int((scores[allowed] > scores[target]).sum()), int((scores[allowed] == scores[target]).sum())
    got = (int(places.better[row]), int(places.tied[row]))
    if got != (n_better, n_tied):
        raise _disagreement(f"{case}, target", f"{got[0]} better, {got[1]} tied", f"{n_better} better, {n_tied} tied")


def _allowed(
    cases: Cases, rules: Rules, row: int, scores: Float32[np.ndarray, " n_items"]
) -> Bool[np.ndarray, " n_items"]:
    """The items that may be recommended in a case."""
    allowed = rules.candidates & (scores > -np.inf)
    if rules.exclude_seen:
        allowed[cases.prompts.sequence(row)] = False
    if cases.shown is not None:
        chosen = np.zeros(len(allowed), bool)
        chosen[cases.shown[row][cases.shown[row] >= 0]] = True
        allowed &= chosen
    return np.asarray(allowed)


def _check_metrics(name: str, sample: Judged, cutoffs: tuple[int, ...]) -> None:
    """Raise unless every metric is what its definition gives."""
    fast = evaluate(sample, cutoffs)
    for metric, value in slow_metrics(sample, cutoffs).items():
        if not np.isclose(fast[metric], value, rtol=1e-9, atol=1e-12):
            raise _disagreement(f"{name}, {metric} of {len(sample.rankings)} cases", f"{fast[metric]!r}", f"{value!r}")


def _told(items: Int32[np.ndarray, " k"] | Int64[np.ndarray, " k"]) -> str:
    """The start of a list, to be read."""
    return f"items {items[:10].tolist()}{' ...' if len(items) > 10 else ''}"


def _disagreement(subject: str, got: str, expected: str) -> EvaluationError:
    return EvaluationError(
        subject,
        got=got,
        expected=f"{expected}, as the slow reference finds",
        remedy="No number of this evaluation can be trusted. Evaluate on another device, and report it with the device "
        "and the version of PyTorch.",
    )
