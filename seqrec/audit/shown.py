"""The shown candidates: whether the sample that a target is ranked against was drawn with an eye on the test."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from jaxtyping import Bool, Float64, Int64

from seqrec.audit.finding import Finding, percent
from seqrec.preparation.events import Events
from seqrec.preparation.protocol import Protocol, Sampled
from seqrec.types import Cases, Split

CHECK: Final = "shown candidates"
MIN_ERRORS: Final = 6.0
"""The standard errors from which a difference is no chance."""
REMEDY: Final = (
    "Draw negatives by `preparation.negatives`: uniformly from the candidates, and the place of the target too."
)


def check(split: Split, events: Events, protocol: Protocol) -> Iterator[Finding]:
    """Compares the negatives of the test with a uniform sample, and the place of the target with a uniform place.

    Negatives that are drawn from test targets alone, or that avoid them, tell a model what the others ask for.

    Args:
        split: The data.
        events: All events of its users.
        protocol: Its protocol, which says which items are never negatives.
    """
    cases, candidates, negatives = split.test, split.training.rules.candidates, split.test.shown
    if negatives is None or not isinstance(protocol.candidates, Sampled):
        return
    asked = np.zeros(split.n_items, bool)
    asked[cases.targets] = True
    is_negative = (negatives >= 0) & (negatives != cases.targets[:, None])
    n_asked = (asked[negatives] & is_negative).sum(axis=1)
    met_cases, met_items = _met(cases, events, protocol.candidates)
    rates = _rates(cases, asked & candidates, candidates, met_cases, met_items)
    drawn = protocol.candidates.n * rates
    errors = _errors(float(n_asked.sum() - drawn.sum()), float((drawn * (1 - rates)).sum()))
    rows, places = np.nonzero(negatives == cases.targets[:, None])
    width = negatives.shape[1]
    place_errors = _errors(float((places - (width - 1) / 2).sum()), len(rows) * (width**2 - 1) / 12)
    share = float(n_asked.sum() / max(is_negative.sum(), 1))
    expected = float(drawn.sum() / max(is_negative.sum(), 1))
    figures = {
        "negatives_that_are_test_targets": share,
        "expected_of_a_uniform_sample": expected,
        "mean_place_of_targets": float(places.mean() + 1) if len(places) else 0.0,
        "n_shown": width,
    }
    shown = f"{percent(share)} of negatives are targets of test cases; a uniform sample has {percent(expected)}"
    if errors > MIN_ERRORS:
        yield Finding(CHECK, "wrong", f"{shown}: the candidates were chosen from the test.", figures, REMEDY)
    elif place_errors > MIN_ERRORS:
        sentence = f"Targets are at place {figures['mean_place_of_targets']:.1f} of {width} on average, not anywhere."
        yield Finding(CHECK, "wrong", sentence, figures, REMEDY)
    else:
        yield Finding(CHECK, "ok", f"{shown}, and targets are at any place.", figures)


def _met(
    cases: Cases, events: Events, sampled: Sampled
) -> tuple[Int64[np.ndarray, " n_met"], Int64[np.ndarray, " n_met"]]:
    """Returns case and item of every distinct item that is no negative of the case."""
    n_items = int(max(events.items.max(), cases.targets.max())) + 1
    if sampled.exclude == "prompt":
        rows, items = cases.prompts.rows, cases.prompts.items
    else:
        order = np.argsort(events.users, kind="stable")
        starts = np.searchsorted(events.users[order], cases.prompts.users)
        lengths = np.searchsorted(events.users[order], cases.prompts.users, side="right") - starts
        rows = np.repeat(np.arange(len(cases)), lengths)
        firsts = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        items = events.items[order[firsts + np.arange(len(rows))]]
    pairs = np.unique(rows * n_items + items)
    return pairs // n_items, pairs % n_items


def _rates(
    cases: Cases,
    asked: Bool[np.ndarray, " n_items"],
    candidates: Bool[np.ndarray, " n_items"],
    met_cases: Int64[np.ndarray, " n_met"],
    met_items: Int64[np.ndarray, " n_met"],
) -> Float64[np.ndarray, " n_cases"]:
    """Returns for each case the chance that a uniform negative is the target of another case."""
    n_pool = candidates.sum() - np.bincount(met_cases[candidates[met_items]], minlength=len(cases))
    excluded = np.bincount(met_cases[asked[met_items]], minlength=len(cases))
    own = asked[cases.targets].astype(np.int64)
    own[met_cases[met_items == cases.targets[met_cases]]] = 0
    return np.asarray((asked.sum() - excluded - own) / n_pool)


def _errors(difference: float, variance: float) -> float:
    """Returns the size of a difference in standard errors; 0 if nothing varies."""
    return abs(difference) / np.sqrt(variance) if variance > 0 else 0.0
