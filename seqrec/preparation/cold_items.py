"""Items that are kept out of training on purpose, to measure how models recommend what is new."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from seqrec.digest import generator_from
from seqrec.preparation.sequences import at_least
from seqrec.preparation.splits.base import Parts
from seqrec.preparation.splits.held_out import share_of
from seqrec.types import Cases


def draw_cold(n_items: int, share: float | None, seed: int) -> Bool[np.ndarray, " n_items"]:
    """Returns a mask of the items that are kept out: a share of all items, rounded up; None keeps out none."""
    cold = np.zeros(n_items, bool)
    if share is not None:
        cold[generator_from("cold-items", seed).choice(n_items, share_of(share, n_items), replace=False)] = True
    return cold


def keep_out(parts: Parts, cold: Bool[np.ndarray, " n_items"]) -> Parts:
    """Returns the parts without the events of some items, except where such an item is the target of a test case.

    Prompts lose them as well, so that models differ in what they recommend and not in what they have read; cases
    whose prompt becomes empty are left out, and so are validation cases whose target is kept out.

    Args:
        parts: The result of a split.
        cold: The items that are kept out.
    """
    valid = parts.valid.take(np.flatnonzero(~cold[parts.valid.targets]))
    fit, train = (at_least(part.keep(~cold[part.items]), 1) for part in (parts.fit, parts.train))
    shorter = replace(parts, fit=fit, train=train, valid=_without(valid, cold), test=_without(parts.test, cold))
    dropped = {
        "train_events_cold_item": parts.train.n_events - train.n_events,
        "valid_cases_cold_item": len(parts.valid) - len(shorter.valid),
        "test_cases_only_cold_items": len(parts.test) - len(shorter.test),
    }
    return replace(shorter, dropped={**parts.dropped, **dropped})


def _without(cases: Cases, cold: Bool[np.ndarray, " n_items"]) -> Cases:
    prompts = cases.prompts.keep(~cold[cases.prompts.items])
    return replace(cases, prompts=prompts).take(np.flatnonzero(prompts.lengths > 0))
