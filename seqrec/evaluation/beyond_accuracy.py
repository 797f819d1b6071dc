"""What recommendations are like beside accurate: coverage, serendipity, novelty (Boz et al. 2024, section 5).

`split.counts` decides what popularity means: training interactions, or the whole data, test included, as
the papers do.
"""

import numpy as np
from jaxtyping import Int32, Int64

from seqrec.evaluation.accuracy import hit_rate
from seqrec.types import Rankings, Split


def coverage(rankings: Rankings, split: Split, k: int) -> float:
    """Catalogue coverage: share of all items, candidates or not, that stand in at least one list."""
    recommended = np.unique(_lists(rankings, k))
    return float((recommended >= 0).sum() / split.n_items)


def serendipity(rankings: Rankings, split: Split, k: int) -> float:
    """Serendipity: hit rate that counts only targets outside the k most popular items."""
    surprising = ~np.isin(split.test.targets, most_popular(split.counts, k))
    return float((hit_rate(rankings, k) * surprising).mean())


def novelty(rankings: Rankings, split: Split, k: int) -> float:
    """Novelty: mean self-information, in bits, of recommended items under their share of all interactions.

    An item without interactions adds nothing but stays in the divisor of its list, and an empty list counts
    as 0, as in the papers' code.
    """
    share = split.counts / max(split.counts.sum(), 1)
    bits = -np.log2(share, where=share > 0, out=np.zeros(len(share)))
    lists = _lists(rankings, k)
    filled = lists >= 0
    per_list = np.where(filled, bits[lists], 0.0).sum(axis=1) / np.maximum(filled.sum(axis=1), 1)
    return float(per_list.mean())


def most_popular(counts: Int64[np.ndarray, " n_items"], k: int) -> Int64[np.ndarray, " n_popular"]:
    """The k items with the highest counts; among equals those with the lower index, as in every kept list."""
    return np.argsort(-counts, kind="stable")[:k]


def _lists(rankings: Rankings, k: int) -> Int32[np.ndarray, "n_cases k"]:
    assert k <= rankings.top_items.shape[1], "lists are shorter than the cut-off"
    return rankings.top_items[:, :k]
