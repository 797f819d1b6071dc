"""The slicing of test cases by the popularity of their target."""

import numpy as np

from seqrec.evaluation.slices.grouping import Members, Slicing, span
from seqrec.types import Split


def by_popularity(split: Split) -> Members:
    """Groups test cases in thirds by the interactions of their target (`split.popularity`), rarest first.

    Equal counts are never divided, so the thirds are as equal as the counts allow. The names show the borders.
    """
    counts = split.popularity[split.test.targets]
    lower, upper = np.quantile(counts, [1 / 3, 2 / 3], method="inverted_cdf")
    members = {"tail": counts <= lower, "torso": (counts > lower) & (counts <= upper), "head": counts > upper}
    return {f"{name} ({span(counts[inside])})": inside for name, inside in members.items() if inside.any()}


SLICING = Slicing(
    "Popularity of the target",
    "Thirds of the test cases, by the number of interactions of their target.",
    by_popularity,
)
