"""Test cases by whether training knows their target well (LLM-SRec, Figure 4: warm and cold items)."""

from seqrec.evaluation.slices.grouping import Members, Slicing, lowest, span
from seqrec.types import Split

SHARE = 0.35
"""Of all items, those that are cold, and those that are warm."""


def by_warmth(split: Split) -> Members:
    """Test cases by the place of their target among all items, ranked by training interactions.

    The paper leaves open what is counted and what becomes of ties; here training alone counts, so that the test
    does not make its own targets warm, and items with equal counts are never parted.
    """
    counts = split.training.counts
    cold, warm = lowest(counts, SHARE), lowest(-counts, SHARE)
    groups = {"cold": cold, "between": ~cold & ~warm, "warm": warm}
    named = {f"{name} ({span(counts[items])})": items for name, items in groups.items() if items.any()}
    members = {name: items[split.test.targets] for name, items in named.items()}
    return {name: inside for name, inside in members.items() if inside.any()}


SLICING = Slicing(
    "Cold and warm targets",
    "Items ranked by training interactions: the bottom 35 % are cold, the top 35 % warm, as near as equal counts "
    "allow; a case goes with its target.",
    by_warmth,
)
