"""The candidates that are shown with each case: its target, and frozen negatives drawn for it."""

import numpy as np
from jaxtyping import Bool, Int32, Int64

from seqrec.digest import generator_from
from seqrec.errors import DataError
from seqrec.preparation.protocol import Sampled
from seqrec.types import Cases, Rules, Sequences


def show_candidates(
    cases: Cases, histories: Sequences, rules: Rules, sampled: Sampled, part: str
) -> Int32[np.ndarray, "n_cases n_shown"]:
    """The candidates of each case in a seeded order, so that the place of the target tells nothing.

    Nothing is shown twice, and nothing that may not be recommended: in place of a negative that is the target, and of a
    target that is no candidate or that the user has met where the rules exclude that, stands -1.

    Args:
        cases: What is asked.
        histories: For each case, the events whose items are no negatives; `sampled.exclude` says what these are.
        rules: What may be recommended.
        sampled: How many negatives per case, and the seed.
        part: Which cases these are; each part has draws of its own.

    Raises:
        DataError: A history holds so many items that fewer than `sampled.n` are left.
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
    """Uniform draws without replacement from the candidates that a history does not hold.

    Args:
        histories: For each case, the events whose items are no negatives; what these are, `sampled.exclude` says.
        candidates: The items to draw from.
        sampled: How many per case, and the seed.

    Raises:
        DataError: A history holds so many items that fewer than `sampled.n` are left.
    """
    pool = np.flatnonzero(candidates)
    met_cases, met_places = _met(histories, candidates)
    n_met = np.bincount(met_cases, minlength=len(histories))
    n_left = len(pool) - n_met
    if len(histories) and n_left.min() < sampled.n:
        raise DataError(
            "protocol.candidates.n",
            got=f"{sampled.n} negatives per case",
            expected=f"at most {n_left.min()}, the fewest of {len(pool)} candidates outside a history",
            remedy="Lower protocol.candidates.n, or rank against the full catalogue.",
        )
    ranks = _distinct_ranks(n_left, sampled)
    # Rank r among the items not met stands at place r + (met items before it); the i-th met item, at place
    # p, comes before it where p - i <= r. One search over all cases: each has its own range of keys.
    starts = np.cumsum(n_met) - n_met
    places_before = met_places - (np.arange(len(met_cases)) - starts[met_cases])
    width = len(pool) + 1
    keys = np.arange(len(histories))[:, None] * width + ranks
    n_before = np.searchsorted(met_cases * width + places_before, keys, side="right") - starts[:, None]
    negatives: Int32[np.ndarray, "n_cases n_negatives"] = pool[ranks + n_before].astype(np.int32)
    return negatives


def _met(
    histories: Sequences, candidates: Bool[np.ndarray, " n_items"]
) -> tuple[Int64[np.ndarray, " n_met"], Int64[np.ndarray, " n_met"]]:
    """Case and place among the candidates of every candidate that a history holds, each once, sorted."""
    places = np.cumsum(candidates, dtype=np.int64) - 1
    is_candidate = candidates[histories.items]
    pairs = np.unique(histories.rows[is_candidate] * len(candidates) + places[histories.items[is_candidate]])
    return pairs // len(candidates), pairs % len(candidates)


def _distinct_ranks(
    n_left: Int64[np.ndarray, " n_cases"], sampled: Sampled
) -> Int64[np.ndarray, "n_cases n_negatives"]:
    """For each case, `n` different numbers below `n_left`, every set of them equally likely.

    Floyd's sampling (Bentley and Floyd 1987), one step for all cases at once: it never draws in vain, however
    few items are left.
    """
    rng = generator_from("negatives", sampled.seed)
    ranks = np.empty((sampled.n, len(n_left)), np.int64)
    for step in range(sampled.n):
        newest = n_left - sampled.n + step
        drawn = rng.integers(newest + 1)
        taken = (ranks[:step] == drawn).any(axis=0)
        ranks[step] = np.where(taken, newest, drawn)
    return ranks.T
