"""Near-duplicate histories: pairs of users who met nearly the same items, which popular items do not explain.

An item weighs as much as it surprises: the logarithm of all users over those who met it. Two histories are alike if
two thirds of the weight of all their items is common to both, whatever the order and the times. MinHash with bands
finds such pairs without comparing all (Broder 1997); each hash prefers an item in proportion to its weight, so users
who share only popular items rarely meet.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64, UInt64
from scipy.sparse import csr_array
from scipy.special import gammaln

from seqrec.digest import generator_from, scramble

MIN_COMMON: Final = 2 / 3
"""The share of weight that must be common."""
MAX_CHANCE: Final = 1e-3
"""The largest number of users who may be expected to meet the common items by chance."""
N_BANDS: Final = 16
N_ROWS: Final = 3
"""Hashes per band. Pairs at `MIN_COMMON` meet in at least one band in 99.6 % of cases, pairs with a tenth in 1.6 %."""
WINDOW: Final = 4
"""The number of neighbours in a band that a history is compared with, which bounds time and memory."""
BLOCK_PAIRS: Final = 1 << 18
"""The number of pairs that are compared at a time."""


def near_duplicates(
    users: Int32[np.ndarray, " n_events"], items: Int32[np.ndarray, " n_events"], n_users: int, n_items: int
) -> Int64[np.ndarray, "n_pairs 2"]:
    """Returns pairs of users whose histories are alike, the smaller code first.

    Of many equal histories, each is paired with some of the others. A history of few or common items, which could be
    chance, is in no pair.

    Args:
        users: The user of each event.
        items: The item of each event.
        n_users: The number of users.
        n_items: The number of items.
    """
    met = csr_array((np.ones(len(users)), (users, items)), shape=(n_users, n_items))
    met.data[:] = 1.0
    weights = np.log(n_users / np.maximum(np.bincount(met.indices, minlength=n_items), 1))
    least = float(np.log(n_users / MAX_CHANCE))
    telling = np.flatnonzero(met @ weights > least)
    mean_length = met.nnz / n_users
    met = met[telling]
    found = [np.empty(0, np.int64)]
    for signature in _signatures(met, weights):
        pairs = _neighbours(signature)
        found.append(pairs[_alike(met, weights, pairs, mean_length, least)])
    places = np.stack(np.divmod(np.unique(np.concatenate(found)), max(len(telling), 1)), axis=1)
    return np.asarray(telling[places])


def _signatures(met: csr_array, weights: Float64[np.ndarray, " n_items"]) -> Iterator[UInt64[np.ndarray, " n_users"]]:
    """Yields one number per history and band; it is equal if all hashes of the band choose the same items."""
    draws = generator_from("audit", "near duplicates")
    for _ in range(N_BANDS if met.shape[0] > 1 else 0):
        signature = np.zeros(met.shape[0], np.uint64)
        for _ in range(N_ROWS):
            # The smallest of these numbers belongs to an item with a probability in proportion to its weight.
            delays = draws.exponential(size=len(weights)) / np.maximum(weights, 1e-12)
            places = np.argsort(np.argsort(delays)).astype(np.int32)
            first = np.minimum.reduceat(places[met.indices], met.indptr[:-1])
            signature = scramble(signature ^ first.astype(np.uint64))
        yield signature


def _neighbours(signature: UInt64[np.ndarray, " n_users"]) -> Int64[np.ndarray, " n_pairs"]:
    """Returns pairs with equal signatures, as smaller row times the number of rows plus larger row."""
    order = np.argsort(signature, kind="stable")
    ordered = signature[order]
    pairs = []
    for step in range(1, WINDOW + 1):
        same = np.flatnonzero(ordered[step:] == ordered[:-step])
        pairs.append(order[same] * len(order) + order[same + step])
    return np.concatenate(pairs)


def _alike(
    met: csr_array,
    weights: Float64[np.ndarray, " n_items"],
    pairs: Int64[np.ndarray, " n_pairs"],
    mean_length: float,
    least: float,
) -> Bool[np.ndarray, " n_pairs"]:
    """Returns which pairs have enough in common, and more than chance gives them."""
    lengths, totals = np.diff(met.indptr).astype(np.int64), met @ weights
    alike = np.zeros(len(pairs), bool)
    for start in range(0, len(pairs), BLOCK_PAIRS):
        one, other = np.divmod(pairs[start : start + BLOCK_PAIRS], met.shape[0])
        common = met[one].multiply(met[other])
        weight, n_common = common @ weights, np.asarray(common.sum(axis=1)).ravel()
        # Long histories meet any item more often, and they have many parts that could be the common one.
        longer, shorter = np.maximum(lengths[one], lengths[other]), np.minimum(lengths[one], lengths[other])
        surprise = weight - n_common * np.log(np.maximum(longer / mean_length, 1.0)) - _log_ways(shorter, n_common)
        enough = weight >= MIN_COMMON * (totals[one] + totals[other] - weight)
        alike[start : start + BLOCK_PAIRS] = enough & (surprise > least)
    return alike


def _log_ways(n: Int64[np.ndarray, " n_pairs"], k: Float64[np.ndarray, " n_pairs"]) -> Float64[np.ndarray, " n_pairs"]:
    """Returns the logarithm of the number of ways to choose `k` of `n`."""
    ways: Float64[np.ndarray, " n_pairs"] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return ways
