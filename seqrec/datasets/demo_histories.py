"""The shoppers of the demo: what comes next depends on the last item, its text, interests and fashion."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int64

from seqrec.datasets.demo_catalogue import BRANDS, N_KINDS, Catalogue, following_kinds

# Weights of what leads to the next item.
SUCCESSOR = 0.50  # the habit: every item leads to a few others, of the kind that is needed next
SIMILAR = 0.12  # items that look like the last one
INTEREST = 0.25  # the kind that interests the shopper now, in the favourite brand if possible
POPULAR = 0.08  # what everybody buys
NOISE = 0.05  # any item

DELAYED = 0.45  # share of the habit that goes back to the last item but one: people follow two threads at a time
HABIT_SPREAD = 0.8  # deviation of the log-weights by which habits differ from item to item beyond brand and traits
DRIFT = 0.15  # chance per step that a shopper's interest moves on to the next kind
ZIPF = 0.7  # exponent of the popularity of items

START_S = 1_672_531_200  # 2023-01-01 UTC
DAY_S = 86_400
MAX_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Histories:
    """All events in order of time."""

    users: Int64[np.ndarray, " n_events"]
    items: Int64[np.ndarray, " n_events"]
    times_s: Int64[np.ndarray, " n_events"]


@dataclass(frozen=True, slots=True)
class _Tastes:
    """Distributions over the next item."""

    successor: Float32[np.ndarray, "n_items n_items"]
    similar: Float32[np.ndarray, "n_items n_items"]
    interest: Float32[np.ndarray, "n_kinds n_brands n_items"]
    popular: Float32[np.ndarray, " n_items"]


def histories(shop: Catalogue, n_users: int, rng: np.random.Generator) -> Histories:
    """Draw the events of `n_users` shoppers, about nine each; nobody buys an item twice.

    All shoppers take their steps together: one draw per step for everyone whose history continues.
    """
    tastes, next_kind = _tastes(shop, rng), following_kinds()
    n_items = len(shop.kinds)
    lengths = np.clip(np.rint(rng.lognormal(2.05, 0.5, n_users)), 3, min(MAX_LENGTH, n_items)).astype(np.int64)
    interests = rng.integers(N_KINDS, size=n_users)
    favourites = rng.integers(len(BRANDS), size=n_users)
    seen = np.zeros((n_users, n_items), bool)
    last, before = np.zeros(n_users, np.int64), np.zeros(n_users, np.int64)
    users, items = [], []
    for step in range(lengths.max()):
        going = np.flatnonzero(lengths > step)
        personal = tastes.interest[interests[going], favourites[going]]
        weights = INTEREST * personal + POPULAR * tastes.popular + NOISE / n_items
        if step:
            habit = (1 - DELAYED) * tastes.successor[last[going]] + DELAYED * tastes.successor[before[going]]
            weights = weights + SUCCESSOR * habit + SIMILAR * tastes.similar[last[going]]
        chosen = _draw(np.where(seen[going], np.float32(0), weights.astype(np.float32)), rng)
        users.append(going)
        items.append(chosen)
        seen[going, chosen] = True
        before[going], last[going] = (last[going] if step else chosen), chosen
        moves = rng.random(n_users) < DRIFT
        interests = np.where(moves, next_kind[interests], interests)
    # From steps of everyone to one history after the other, then to the order of time.
    all_users = np.concatenate(users)
    by_user = np.argsort(all_users, kind="stable")
    times_s = _times(lengths, rng)
    by_time = np.argsort(times_s, kind="stable")
    return Histories(all_users[by_user][by_time], np.concatenate(items)[by_user][by_time], times_s[by_time])


def _tastes(shop: Catalogue, rng: np.random.Generator) -> _Tastes:
    n_items = len(shop.kinds)
    popular = (1.0 + rng.permutation(n_items)) ** -ZIPF
    same_kind = shop.kinds[:, None] == shop.kinds
    same_brand = shop.brands[:, None] == shop.brands
    shared = shop.traits.astype(np.float64) @ shop.traits.T
    likeness = np.exp(1.5 * same_brand + 1.5 * shared)
    needed = following_kinds()[shop.kinds][:, None] == shop.kinds
    # An item leads to the kind needed next, most of all to its own brand and traits there: what follows an
    # item that hardly anybody bought can be told from its text.
    habit = np.exp(rng.normal(0.0, HABIT_SPREAD, (n_items, n_items)))
    successor = needed * likeness**1.3 * habit * popular**0.3
    similar = likeness * (1.0 + 4.0 * same_kind) * popular**0.5 * ~np.eye(n_items, dtype=bool)
    in_kind = np.arange(N_KINDS)[:, None] == shop.kinds
    of_brand = np.arange(len(BRANDS))[:, None] == shop.brands
    interest = (in_kind * popular**0.7)[:, None, :] * (1.0 + 5.0 * of_brand)
    return _Tastes(_shares(successor), _shares(similar**1.5), _shares(interest), _shares(popular))


def _shares(weights: Float[np.ndarray, "*rows n_items"]) -> Float32[np.ndarray, "*rows n_items"]:
    shares: np.ndarray = (weights / weights.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shares


def _draw(weights: Float32[np.ndarray, "n_going n_items"], rng: np.random.Generator) -> Int64[np.ndarray, " n_going"]:
    """One item per row, in proportion to the weights."""
    sums = np.cumsum(weights, axis=1, dtype=np.float64)
    targets = rng.random((len(weights), 1)) * sums[:, -1:]
    chosen: np.ndarray = (sums <= targets).sum(axis=1)
    return chosen


def _times(lengths: Int64[np.ndarray, " n_users"], rng: np.random.Generator) -> Int64[np.ndarray, " n_events"]:
    """Times of the events, one shopper after the other."""
    # They arrive over ten months; a third of the gaps lie within one visit, a few are zero.
    n_events = int(lengths.sum())
    gaps = rng.exponential(10 * DAY_S, n_events)
    draws = rng.random(n_events)
    gaps[draws < 0.33] = rng.exponential(600, int((draws < 0.33).sum()))
    gaps[draws < 0.05] = 0.0
    starts = np.cumsum(lengths) - lengths
    gaps[starts] = rng.uniform(0, 300 * DAY_S, len(lengths))
    total = np.cumsum(np.floor(gaps))
    before = np.repeat(total[starts] - np.floor(gaps[starts]), lengths)
    times: np.ndarray = (START_S + total - before).astype(np.int64)
    return times
