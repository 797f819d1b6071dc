"""The candidates that are shown with each case: its target and a fixed sample of negatives."""

import numpy as np
from jaxtyping import Bool, Int32, Int64

from seqrec.digest import generator_from
from seqrec.errors import DataError
from seqrec.preparation.protocol import Sampled
from seqrec.types import Cases, Rules, Sequences


def show_candidates(
    cases: Cases, histories: Sequences, rules: Rules, sampled: Sampled, part: str
) -> Int32[np.ndarray, "n_cases n_shown"]:
    """Returns the candidates of each case in a seeded order, so that the place of the target gives nothing away.

    No item is shown twice, and none that may not be recommended: -1 replaces a negative that is the target, a
    target that is not a candidate, and a target in the prompt if the rules exclude seen items.

    Args:
        cases: The cases that candidates are drawn for.
        histories: For each case, the events whose items are not drawn as negatives; see `sampled.exclude`.
        rules: The items that may be recommended.
        sampled: How many negatives per case, and the seed.
        part: The name of the part that the cases belong to; each part has its own draws.

    Raises:
        DataError: A history has so many items that fewer than `sampled.n` candidates are left.
    """
    negatives = sample_negatives(histories, rules.candidates, sampled)
    negatives[negatives == cases.targets[:, None]] = -1
    seen = cases.prompts.rows[cases.prompts.items == np.repeat(cases.targets, cases.prompts.lengths)]
    is_seen = np.bincount(seen, minlength=len(cases)) > 0
    may_hit = rules.candidates[cases.targets] & ~(is_seen & rules.exclude_seen)
    targets = np.where(may_hit, cases.targets, -1).astype(np.int32)
    shown = np.concatenate([targets[:, None], negatives], axis=1)
    shuffled: Int32[np.ndarray, "n_cases n_shown"] = generator_from("shown", part, sampled.seed).permuted(shown, axis=1)
    return shuffled


def sample_negatives(
    histories: Sequences, candidates: Bool[np.ndarray, " n_items"], sampled: Sampled
) -> Int32[np.ndarray, "n_cases n_negatives"]:
    """Draws uniformly, without replacement, from the candidates outside each history.

    Args:
        histories: For each case, the events whose items are not drawn as negatives; see `sampled.exclude`.
        candidates: The items to draw from.
        sampled: How many per case, and the seed.

    Raises:
        DataError: A history has so many items that fewer than `sampled.n` candidates are left.
    """
    pool = np.flatnonzero(candidates)
    seen_cases, seen_places = _seen_candidates(histories, candidates)
    n_seen = np.bincount(seen_cases, minlength=len(histories))
    n_left = len(pool) - n_seen
    if len(histories) and n_left.min() < sampled.n:
        raise DataError(
            "protocol.candidates.n",
            got=f"{sampled.n} negatives per case",
            expected=f"at most {n_left.min()}, the fewest of the {len(pool)} candidates that are outside a history",
            remedy="Lower protocol.candidates.n, or rank against the full catalogue.",
        )
    ranks = _distinct_ranks(n_left, sampled)
    # The candidate of rank r outside the history has place r + (history items before it); the i-th history item, at
    # place p, comes before it if p - i <= r. One search serves all cases, each of which has its own range of keys.
    starts = np.cumsum(n_seen) - n_seen
    places_before = seen_places - (np.arange(len(seen_cases)) - starts[seen_cases])
    width = len(pool) + 1
    keys = np.arange(len(histories))[:, None] * width + ranks
    n_before = np.searchsorted(seen_cases * width + places_before, keys, side="right") - starts[:, None]
    negatives: Int32[np.ndarray, "n_cases n_negatives"] = pool[ranks + n_before].astype(np.int32)
    return negatives


def _seen_candidates(
    histories: Sequences, candidates: Bool[np.ndarray, " n_items"]
) -> tuple[Int64[np.ndarray, " n_seen"], Int64[np.ndarray, " n_seen"]]:
    """Returns case and candidate place of every distinct candidate in a history, sorted."""
    places = np.cumsum(candidates, dtype=np.int64) - 1
    is_candidate = candidates[histories.items]
    pairs = np.unique(histories.rows[is_candidate] * len(candidates) + places[histories.items[is_candidate]])
    return pairs // len(candidates), pairs % len(candidates)


def _distinct_ranks(
    n_left: Int64[np.ndarray, " n_cases"], sampled: Sampled
) -> Int64[np.ndarray, "n_cases n_negatives"]:
    """Draws for each case `n` distinct numbers below `n_left`, every set of them equally likely.

    This is Floyd's sampling (Bentley and Floyd 1987), one step for all cases at once. It never rejects a draw,
    however few items are left.
    """
    rng = generator_from("negatives", sampled.seed)
    ranks = np.empty((sampled.n, len(n_left)), np.int64)
    for step in range(sampled.n):
        newest = n_left - sampled.n + step
        drawn = rng.integers(newest + 1)
        taken = (ranks[:step] == drawn).any(axis=0)
        ranks[step] = np.where(taken, newest, drawn)
    return ranks.T
