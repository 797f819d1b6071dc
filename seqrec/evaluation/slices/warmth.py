"""The slicing of test cases by how often their target occurs in training (LLM-SRec, Figure 4: warm and cold items)."""

from seqrec.evaluation.slices.grouping import Members, Slicing, lowest, span
from seqrec.types import Split

SHARE = 0.35
"""The share of all items that count as cold, and the share that count as warm."""


def by_warmth(split: Split) -> Members:
    """Groups test cases by the rank of their target among all items, sorted by training interactions.

    The paper leaves open what is counted and how ties are handled. Here only training counts, so that the test
    does not make its own targets warm, and items with equal counts are never divided.
    """
    counts = split.training.counts
    cold, warm = lowest(counts, SHARE), lowest(-counts, SHARE)
    groups = {"cold": cold, "between": ~cold & ~warm, "warm": warm}
    named = {f"{name} ({span(counts[items])})": items for name, items in groups.items() if items.any()}
    members = {name: items[split.test.targets] for name, items in named.items()}
    return {name: inside for name, inside in members.items() if inside.any()}


SLICING = Slicing(
    "Cold and warm targets",
    "Items are ranked by training interactions: the bottom 35 % are cold and the top 35 % warm, as closely as equal "
    "counts allow. A case belongs to the group of its target.",
    by_warmth,
)
