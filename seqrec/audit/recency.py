"""The recency: whether the floor of that name says anything beside popularity."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from seqrec.audit.finding import Finding, percent
from seqrec.config import name_of
from seqrec.models import most_popular, recency
from seqrec.preparation.dates import dated
from seqrec.types import Places, Split

CHECK: Final = "recency"
MOST: Final = 0.99
"""The share of test cases from which on the two floors are the same."""


def check(split: Split, floors: Mapping[str, Places]) -> Iterator[Finding]:
    """Compares `recency`, which fades popularity by days, with `most_popular`.

    Args:
        split: The data.
        floors: The places of the targets under each floor, by label.
    """
    popular, faded = floors[name_of(most_popular.Config)], floors[name_of(recency.Config)]
    # Recency may decide the ties of popularity, and so it does for numbers in place of times.
    inside = (faded.better >= popular.better) & (faded.better + faded.tied <= popular.better + popular.tied)
    share = float(inside.mean())
    times = split.training.train.times
    figures = {"targets_at_the_same_place": share, "days_of_training": float(np.ptp(times) / recency.DAY_US)}
    shown = f"In {percent(share)} of test cases, recency ranks the target as most_popular does, up to ties"
    if not dated(times):
        yield Finding(CHECK, "note", f"The data have no dates by which recency could fade. {shown}.", figures)
    elif share > MOST:
        sentence = f"{shown}: training spans {figures['days_of_training']:.1f} days, and little fades in them."
        yield Finding(CHECK, "note", sentence, figures)
    else:
        yield Finding(CHECK, "ok", f"{shown}.", figures)
