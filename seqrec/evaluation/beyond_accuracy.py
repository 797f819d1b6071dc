"""Metrics beyond accuracy: coverage, serendipity and novelty (Boz et al. 2024, section 5).

The protocol determines popularity: by training interactions, or by all data including the test, as in the papers.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from seqrec.evaluation.accuracy import hit_rate
from seqrec.types import Lists, Rankings


@dataclass(frozen=True, slots=True)
class Judged:
    """Rankings, together with what these metrics need to know about the items."""

    rankings: Rankings
    targets: Int32[np.ndarray, " n_cases"]
    popularity: Int64[np.ndarray, " n_items"]
    """The interactions of each item."""


def coverage(judged: Judged, k: int) -> float:
    """Catalogue coverage: the share of all items, candidates or not, that occur in at least one list."""
    recommended = np.unique(_items(judged.rankings.lists, k))
    return float((recommended >= 0).sum() / len(judged.popularity))


def serendipity(judged: Judged, k: int) -> float:
    """Serendipity: the hit rate that counts only targets outside the k most popular items."""
    surprising = ~np.isin(judged.targets, most_popular(judged.popularity, k))
    return float((hit_rate(judged.rankings.places, k) * surprising).mean())


def novelty(judged: Judged, k: int) -> float:
    """Novelty: the mean self-information, in bits, of recommended items under their share of all interactions.

    An item without interactions adds nothing but counts in the length of its list, and an empty list counts as 0,
    as in the papers' code.
    """
    share = judged.popularity / max(judged.popularity.sum(), 1)
    bits = -np.log2(share, where=share > 0, out=np.zeros(len(share)))
    items = _items(judged.rankings.lists, k)
    filled = items >= 0
    per_list = np.where(filled, bits[items], 0.0).sum(axis=1) / np.maximum(filled.sum(axis=1), 1)
    return float(per_list.mean())


def most_popular(popularity: Int64[np.ndarray, " n_items"], k: int) -> Int64[np.ndarray, " n_popular"]:
    """Returns the k items with the most interactions; the lower index wins among equals, as in every kept list."""
    return np.argsort(-popularity, kind="stable")[:k]


def _items(lists: Lists, k: int) -> Int32[np.ndarray, "n_cases k"]:
    assert k <= lists.items.shape[1], "lists are shorter than the cut-off"
    return lists.items[:, :k]
