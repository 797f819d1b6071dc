"""The ranking of the candidates that are shown with each case: the model scores only these."""

import numpy as np
import torch
from jaxtyping import Bool, Int32

from seqrec import stop
from seqrec.evaluation.tiles import Scorer
from seqrec.evaluation.witness import Witness
from seqrec.types import Cases, Lists, Places, Rankings, Rules, Sequences

MAX_SCORES = 2**20
"""The number of scores that are held at once."""


def rank_shown(model: Scorer, cases: Cases, rules: Rules, witness: Witness | None = None) -> Rankings:
    """Orders the shown candidates of each case by score, then by item index, under the rules of `ranking`.

    Args:
        model: A fitted model.
        cases: The cases with their candidates.
        rules: The rules of the lists.
        witness: Records the model's answers to some of the cases.
    """
    assert cases.shown is not None
    n_cases, n_shown = cases.shown.shape
    lists = Lists(np.full((n_cases, rules.k), -1, np.int32), np.full((n_cases, rules.k), -np.inf, np.float32))
    places = Places(np.empty(n_cases, np.int64), np.empty(n_cases, np.int64))
    width, n_rows = min(rules.k, n_shown), max(1, MAX_SCORES // max(1, n_shown))
    order = np.argsort(cases.prompts.lengths, kind="stable")
    for start in range(0, n_cases, n_rows):
        stop.check()
        rows = order[start : start + n_rows]
        # Sorting by item first lets a stable sort keep the lower index first among equals.
        shown = np.sort(cases.shown[rows], axis=1)
        prompts, targets = cases.prompts.take(rows), cases.targets[rows]
        with torch.inference_mode():
            answered = model.score_shown(prompts, shown).to(torch.float32).cpu().numpy().copy()
        if witness is not None:
            witness.keep_shown(rows, shown, answered)
        answered[~allowed(prompts, shown, rules)] = -np.inf
        best = np.argsort(-answered, axis=1, kind="stable")[:, :width]
        scores = np.take_along_axis(answered, best, axis=1)
        lists.items[rows, :width] = np.where(scores > -np.inf, np.take_along_axis(shown, best, axis=1), -1)
        lists.scores[rows, :width] = scores
        is_target = shown == targets[:, None]
        limits = np.where(is_target, answered, -np.inf).max(axis=1)
        places.better[rows] = (answered > limits[:, None]).sum(axis=1)
        places.tied[rows] = np.where(limits > -np.inf, (answered == limits[:, None]).sum(axis=1), 0)
        # A NaN can't be compared; it comes first in the list, where `ranking` looks for it.
        lists.scores[rows[np.isnan(answered).any(axis=1)], 0] = np.nan
    return Rankings(lists, places)


def allowed(
    prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"], rules: Rules
) -> Bool[np.ndarray, "n_prompts n_shown"]:
    """Returns a mask of the shown candidates that may be recommended."""
    may = (shown >= 0) & rules.candidates[shown]
    if rules.exclude_seen:
        n_items = len(rules.candidates)
        seen = prompts.rows * n_items + prompts.items
        may &= ~np.isin(np.arange(len(shown))[:, None] * n_items + shown, seen)
    return np.asarray(may)
