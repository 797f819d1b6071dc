"""The code order: whether the codes of items say how often or when they occur.

A model that breaks ties by code, or reads codes as numbers, would gain from such an order.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from jaxtyping import Int64

from seqrec.audit.finding import Finding
from seqrec.preparation.events import Events
from seqrec.types import Split

CHECK: Final = "code order"
MIN_ERRORS: Final = 6.0
"""The standard errors of a correlation from which it is no chance."""
REMEDY: Final = (
    "Number items by `preparation.vocabulary.build_vocabulary`, whose permutation depends on the set of ids only."
)


def check(split: Split, events: Events) -> Iterator[Finding]:
    """Correlates the codes with the items' popularity in training and in the test, and with their first appearance.

    Args:
        split: The data.
        events: Its events in the order of the dump.
    """
    first = np.full(split.n_items, len(events), np.int64)
    np.minimum.at(first, events.items, np.arange(len(events)))
    orders = {
        "frequency in the test": np.bincount(split.test.targets, minlength=split.n_items),
        "frequency in training": split.training.counts,
        "first appearance in the dump": first,
    }
    correlations = {name: _rank_correlation(numbers) for name, numbers in orders.items()}
    figures = {f"correlation_with_{name.replace(' ', '_')}": rho for name, rho in correlations.items()}
    name, rho = max(correlations.items(), key=lambda pair: abs(pair[1]))
    # Fisher's transformation; the error is that of ranks (Fieller et al. 1957).
    errors = abs(np.arctanh(np.clip(rho, -0.999999, 0.999999))) * np.sqrt(max(split.n_items - 3, 0) / 1.06)
    shown = f"The codes of items have a rank correlation of {rho:+.4f} with their {name}"
    if errors > MIN_ERRORS:
        yield Finding(CHECK, "wrong", f"{shown}, which no random numbering would give.", figures, REMEDY)
        return
    yield Finding(
        CHECK,
        "ok",
        f"{shown}, the strongest of {len(orders)} that were looked at, and so weak that it may be chance.",
        figures,
    )


def _rank_correlation(numbers: Int64[np.ndarray, " n_items"]) -> float:
    """Returns Spearman's correlation with the codes; 0 if all numbers are the same."""
    ranks = pl.Series(numbers).rank("average").to_numpy()
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1])
