"""The evaluation of some cases once more, slow and plain, which the fast one must agree with in every run.

A sample of the cases is scored over the whole catalogue at once, each is ranked by a full sort, and metrics are taken
by their definitions. Products of other shapes may differ in the last bits, so an item may change places, but only with
items whose scores are as near as that. How near is measured: it is the difference between the scores of a prompt among
others, of the same prompt alone, and of the kept list. Where there is none, as with counted scores, ranks, lists and
ties must be the same.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int32, Int64

from seqrec.digest import generator_from
from seqrec.errors import EvaluationError
from seqrec.evaluation.metrics import evaluate
from seqrec.evaluation.slow_metrics import slow_metrics
from seqrec.evaluation.tiles import Scorer
from seqrec.types import Cases, Rankings, Sequences, Split

N_CASES = 32
"""Cases of the sample: what is wrong everywhere shows in the first, what is wrong in a tenth in all but 3 % of runs."""
ROUNDING = 1e-5
"""Share of a case's largest score that may be rounding, where rounding is seen at all."""
MAX_GAP = 1e-2
"""Share of it beyond which a difference is none of rounding: another prompt's scores, or another item's."""
MARGIN = 10.0
"""Differences that may come up in other items than those that were looked at, as a multiple of the largest seen."""


def verify(rankings: Rankings, model: Scorer, split: Split, cutoffs: Iterable[int], key: str) -> int:
    """Hold rankings, and the metrics made of them, against the reference.

    Args:
        rankings: What `ranking.rank` gave for the test cases.
        model: The fitted model that was ranked.
        split: The data.
        cutoffs: List lengths of the metrics.
        key: What the sample is drawn by: the same cases for every model of a protocol.

    Returns:
        The number of cases that were held against it.

    Raises:
        EvaluationError: They disagree.
    """
    n_cases = min(N_CASES, len(split.test))
    rows = np.sort(generator_from("reference", key).choice(len(split.test), n_cases, replace=False))
    if n_cases == 0:
        return 0
    prompts, n_items = split.test.prompts, split.n_items
    among_others = _scores(model, prompts.take(rows), n_items)
    for row, scores in zip(rows.tolist(), among_others, strict=True):
        alone = _scores(model, prompts.take(np.array([row])), n_items)[0]
        user = split.vocabulary.user_ids[prompts.users[row]]
        _check_case(f"{model.name}, test case {row} (user {user!r})", rankings, split, row, scores, alone)
    test = split.test
    sample = replace(split, test=Cases(prompts.take(rows), test.targets[rows], test.target_times[rows]))
    _check_metrics(model.name, _taken(rankings, rows), sample, tuple(cutoffs))
    return n_cases


def _scores(model: Scorer, prompts: Sequences, n_items: int) -> Float32[np.ndarray, "n_prompts n_items"]:
    with torch.inference_mode():
        return model.score(model.encode(prompts), 0, n_items).float().cpu().numpy()


def _check_case(
    case: str,
    rankings: Rankings,
    split: Split,
    row: int,
    scores: Float32[np.ndarray, " n_items"],
    alone: Float32[np.ndarray, " n_items"],
) -> None:
    """Raises unless the ranking of one case is that of a full sort."""
    target, allowed = int(split.test.targets[row]), _allowed(split, row, scores)
    best_first = np.flatnonzero(allowed)[np.argsort(-scores[allowed], kind="stable")]
    wanted = best_first[: rankings.top_items.shape[1]]
    listed = rankings.top_items[row, : len(wanted)]
    surplus = rankings.top_items[row, len(wanted) :]
    if len(set(listed.tolist())) < len(wanted) or not allowed[listed].all() or (surplus != -1).any() or -1 in listed:
        raise _disagreement(f"{case}, list", _told(rankings.top_items[row]), f"{_told(wanted)}, or as good ones")

    gap = _gap(scores, alone, allowed)
    gap = max(gap, float(np.abs(rankings.top_scores[row, : len(wanted)] - scores[listed]).max(initial=0.0)))
    largest = float(np.abs(scores[allowed]).max(initial=0.0))
    if not gap <= MAX_GAP * largest:
        raise _disagreement(f"{case}, scores", f"a difference of {gap:g}", f"one of rounding beside {largest:g}")
    tolerance = max(MARGIN * gap, ROUNDING * largest) if gap > 0 else 0.0

    distances = np.abs(scores[listed] - scores[wanted])
    if (distances > tolerance).any() or (tolerance == 0 and (listed != wanted).any()):
        raise _disagreement(f"{case}, list", _told(listed), _told(wanted))
    _check_counts(case, (int(rankings.better[row]), int(rankings.tied[row])), scores, allowed, target, tolerance)


def _check_counts(
    case: str,
    counts: tuple[int, int],
    scores: Float32[np.ndarray, " n_items"],
    allowed: Bool[np.ndarray, " n_items"],
    target: int,
    tolerance: float,
) -> None:
    """Raises unless as many items are better than the target, and tied with it, as a look at each of them says."""
    better, tied = counts
    got = f"{better} better, {tied} tied"
    if not allowed[target]:
        if counts != (int(allowed.sum()), 0):
            raise _disagreement(f"{case}, a target that may not be recommended", got, f"{allowed.sum()} better, 0 tied")
        return
    leads: Float64[np.ndarray, " n_allowed"] = scores[allowed].astype(np.float64) - float(scores[target])
    n_better, n_open = int((leads > tolerance).sum()), int((np.abs(leads) <= tolerance).sum())
    # Of those within the tolerance, the target among them, each may be on either side.
    exact = tolerance == 0 and counts != (n_better, n_open)
    if exact or not (n_better <= better and tied >= 1 and better + tied <= n_better + n_open):
        raise _disagreement(f"{case}, target", got, f"{n_better} better, {n_open} within {tolerance:g} of it")


def _allowed(split: Split, row: int, scores: Float32[np.ndarray, " n_items"]) -> Bool[np.ndarray, " n_items"]:
    """The items that may be recommended in a case."""
    allowed = split.candidates & (scores > -np.inf)
    if split.exclude_seen:
        allowed[split.test.prompts.sequence(row)] = False
    if split.sampled is not None:
        chosen = np.zeros(len(allowed), bool)
        chosen[split.sampled[row]] = True
        chosen[split.test.targets[row]] = True
        allowed &= chosen
    return np.asarray(allowed)


def _gap(
    first: Float32[np.ndarray, " n_items"],
    second: Float32[np.ndarray, " n_items"],
    allowed: Bool[np.ndarray, " n_items"],
) -> float:
    """The largest difference between two scores of an item that may be recommended."""
    return float(np.abs(first[allowed].astype(np.float64) - second[allowed]).max(initial=0.0))


def _check_metrics(name: str, rankings: Rankings, sample: Split, cutoffs: tuple[int, ...]) -> None:
    """Raises unless every metric is what its definition gives."""
    fast = evaluate(rankings, sample, cutoffs)
    for metric, value in slow_metrics(rankings, sample, cutoffs).items():
        if not np.isclose(fast[metric], value, rtol=1e-9, atol=1e-12):
            raise _disagreement(f"{name}, {metric} of {len(rankings)} cases", f"{fast[metric]!r}", f"{value!r}")


def _taken(rankings: Rankings, rows: Int64[np.ndarray, " n_taken"]) -> Rankings:
    return Rankings(rankings.top_items[rows], rankings.top_scores[rows], rankings.better[rows], rankings.tied[rows])


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
