"""Test cases by how popular their target is."""

import numpy as np

from seqrec.evaluation.slices.grouping import Members, Slicing, span
from seqrec.types import Split


def by_popularity(split: Split) -> Members:
    """Test cases in thirds by how often their target was interacted with (`split.popularity`), rarest first.

    Equal counts are never parted, so the thirds are as equal as the counts allow. Borders stand in the names.
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
