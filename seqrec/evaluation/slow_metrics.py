"""A second version of every metric, by its definition and case by case, to check the fast ones."""

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.types import Places

GAINS: Mapping[str, Callable[[int], float]] = {
    "hr": lambda rank: 1.0,  # noqa: ARG005 - every rank counts the same
    "ndcg": lambda rank: 1.0 / math.log2(rank + 1),
    "mrr": lambda rank: 1.0 / rank,
}
"""The gain of a target at a rank, from 1, by the name of the metric before `_at_k`."""


def slow_metrics(judged: Judged, cutoffs: Iterable[int]) -> dict[str, float]:
    """Returns the same metrics as `metrics.evaluate`, by the same names."""
    rankings, targets = judged.rankings, judged.targets.tolist()
    lists = [[item for item in row if item >= 0] for row in rankings.lists.items.tolist()]
    counts, n_cases, n_items = judged.popularity.tolist(), len(targets), len(judged.popularity)
    by_popularity = np.argsort(-judged.popularity, kind="stable").tolist()
    values: dict[str, float] = {}
    for k in cutoffs:
        for name, gain in GAINS.items():
            values[f"{name}_at_{k}"] = sum(_gains(rankings.places, gain, k)) / n_cases
        popular = set(by_popularity[:k])
        hits = zip(_gains(rankings.places, GAINS["hr"], k), targets, strict=True)
        values[f"coverage_at_{k}"] = len({item for row in lists for item in row[:k]}) / n_items
        values[f"serendipity_at_{k}"] = sum(hit for hit, target in hits if target not in popular) / n_cases
        values[f"novelty_at_{k}"] = sum(_novelty(row[:k], counts) for row in lists) / n_cases
    return values


def _gains(places: Places, gain: Callable[[int], float], k: int) -> list[float]:
    """Returns the expected gain of each case: the target is equally likely at each rank of the items tied with it."""
    pairs = zip(places.better.tolist(), places.tied.tolist(), strict=True)
    return [
        sum(gain(rank) for rank in range(better + 1, min(better + tied, k) + 1)) / max(tied, 1)
        for better, tied in pairs
    ]


def _novelty(items: list[int], counts: list[int]) -> float:
    """Returns the mean self-information of a list, in bits."""
    total = max(sum(counts), 1)
    return sum(-math.log2(counts[item] / total) for item in items if counts[item]) / max(len(items), 1)
