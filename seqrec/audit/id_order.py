"""The id order: whether the number of an item reveals that it comes next.

Papers number items by first appearance while they walk through the users' whole histories, test targets included.
A target that no earlier user interacted with is then the largest number seen so far plus one, and the rule
"largest number in the prompt + 1, + 2, ..." needs no learning. Models that read numbers as text can find it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float64, Int64

from seqrec.audit.dump_events import user_places
from seqrec.audit.finding import Finding
from seqrec.audit.sample import looked_at, sample
from seqrec.digest import generator_from
from seqrec.preparation.events import Events
from seqrec.preparation.ties import chronological
from seqrec.types import Cases, Split, Vocabulary

CHECK: Final = "id order"
K: Final = 10
"""The length of the rules' lists."""
N_PERMUTATIONS: Final = 20
"""The number of random numberings that measure chance."""
MIN_TARGETS: Final = 10
"""The number of distinct targets that a rule must hit before it counts as a leak."""
MAX_CASES: Final = 100_000
"""The largest number of test cases that are checked; more are sampled with a fixed seed."""

Numbers = Int64[np.ndarray, " n_items"]


@dataclass(frozen=True, slots=True)
class RuleScores:
    """The metrics of a rule on the test cases."""

    next_share: float
    """The share of targets that are exactly the next number."""
    hit_rate: float
    ndcg: float
    hits: Bool[np.ndarray, " n_cases"]


def check(split: Split, events: Events) -> Iterator[Finding]:
    """Checks both rules on the codes that models get; they must do no better than chance.

    Args:
        split: The data.
        events: Its events in the order of the dump.
    """
    cases, deciles = _cases(split, events)
    own = np.arange(split.n_items, dtype=np.int64)
    yield _judged("the codes that models get", own, cases, deciles, len(split.test), used=True)


def check_unused(split: Split, events: Events, listed: Mapping[str, Numbers]) -> Iterator[Finding]:
    """Reports both rules on numbers that models do not get here but get elsewhere.

    Args:
        split: The data with ties in the order of the dump, as in the papers.
        events: Its events in the order of the dump.
        listed: Other available numbers of the items, by their origin.
    """
    cases, deciles = _cases(split, events)
    for name, numbers in {"numbers by first appearance": first_appearance(events, split), **listed}.items():
        yield _judged(name, numbers, cases, deciles, len(split.test), used=False)


def first_appearance(events: Events, split: Split) -> Numbers:
    """Numbers items as the papers do: users in the order of the dump, each with the whole history in order of time.

    Events of a user at equal times stay in the order of the dump.
    """
    ordered = chronological(events, "file", seed=0)
    places = user_places(events, split.training.vocabulary.n_users)
    walked = ordered.items[np.argsort(places[ordered.users], kind="stable")]
    _, firsts = np.unique(walked, return_index=True)
    return np.argsort(np.argsort(firsts))


def integer_ids(vocabulary: Vocabulary) -> Numbers | None:
    """Returns the raw ids as integers, or None if any of them is not an integer."""
    if not all(item_id.isascii() and item_id.isdigit() and len(item_id) < 19 for item_id in vocabulary.item_ids):
        return None
    return vocabulary.item_ids.astype(np.int64)


def rule_scores(cases: Cases, numbers: Numbers) -> dict[str, RuleScores]:
    """Scores the rules `max` and `last`: they recommend the K numbers after the prompt's largest or last one."""
    seen, targets = numbers[cases.prompts.items], numbers[cases.targets]
    ends = {
        "max": np.maximum.reduceat(seen, cases.prompts.offsets[:-1]),
        "last": seen[cases.prompts.offsets[1:] - 1],
    }
    return {rule: _scores(targets - end) for rule, end in ends.items()}


def _scores(steps: Int64[np.ndarray, " n_cases"]) -> RuleScores:
    hits = (steps >= 1) & (steps <= K)
    gains = np.where(hits, 1.0 / np.log2(np.where(hits, steps, 1) + 1), 0.0)
    return RuleScores(float((steps == 1).mean()), float(hits.mean()), float(gains.mean()), hits)


def _judged(
    name: str, numbers: Numbers, cases: Cases, deciles: Int64[np.ndarray, " n_cases"], n_cases: int, *, used: bool
) -> Finding:
    scores = rule_scores(cases, numbers)
    chance = _chance(cases, numbers)
    figures: dict[str, int | float] = {"n_cases": len(cases)}
    leaks, limits = False, {}
    for rule, own in scores.items():
        usual, spread = float(chance[rule].mean()), float(chance[rule].std())
        # Frequent pairs make hits come in clusters, so the spread is measured; up to five cases are luck.
        limits[rule] = min(1.0, usual + max(6 * spread, 5 / len(cases)))
        # A few frequent pairs may be neighbours in one numbering by chance; a numbering that leaks does so everywhere.
        leaks |= own.hit_rate > limits[rule] and len(np.unique(cases.targets[own.hits])) >= MIN_TARGETS
        figures |= {
            f"{rule}_plus_1_share": own.next_share,
            f"{rule}_hr_at_{K}": own.hit_rate,
            f"{rule}_ndcg_at_{K}": own.ndcg,
            f"{rule}_chance_hr_at_{K}": usual,
            f"{rule}_limit_hr_at_{K}": limits[rule],
        }
    for decile in range(10):
        inside = scores["max"].hits[deciles == decile]
        figures[f"max_hr_at_{K}_users_{decile + 1}"] = float(inside.mean()) if len(inside) else 0.0
    best = scores["max"]
    shown = (
        f"With {name}, the rule 'largest number seen + 1 to {K}' gets HR@{K} {best.hit_rate:.4f} and NDCG@{K} "
        f"{best.ndcg:.4f}, 'last number + 1 to {K}' {scores['last'].hit_rate:.4f} and {scores['last'].ndcg:.4f}; "
        f"random numbers get HR@{K} {chance['max'].mean():.4f} on average, and less than {limits['max']:.4f} and "
        f"{limits['last']:.4f} may be chance{looked_at(len(cases), n_cases)}"
    )
    if not leaks:
        return Finding(CHECK, "ok", f"{shown}.", figures)
    if not used:
        sentence = (
            f"{shown} (ties in the order of the dump). No model here gets these numbers; one that reads them as text "
            "could learn the rule."
        )
        return Finding(CHECK, "note", sentence, figures)
    remedy = (
        "Number items by `preparation.vocabulary.build_vocabulary`, whose permutation depends on the set of ids only."
    )
    return Finding(CHECK, "wrong", f"{shown}: the codes reveal what comes next.", figures, remedy)


def _chance(cases: Cases, numbers: Numbers) -> dict[str, Float64[np.ndarray, " n_permutations"]]:
    rng = generator_from("audit", "id order")
    drawn = [rule_scores(cases, rng.permutation(numbers)) for _ in range(N_PERMUTATIONS)]
    return {rule: np.array([scores[rule].hit_rate for scores in drawn]) for rule in drawn[0]}


def _cases(split: Split, events: Events) -> tuple[Cases, Int64[np.ndarray, " n_cases"]]:
    """Returns the cases with a prompt, and the decile of each one's user in the order of the dump."""
    rows = np.flatnonzero(split.test.prompts.lengths)
    rows = sample(rows, MAX_CASES, "id order cases")
    cases = Cases(split.test.prompts.take(rows), split.test.targets[rows], split.test.target_times[rows])
    n_users = split.training.vocabulary.n_users
    return cases, user_places(events, n_users)[cases.prompts.users] * 10 // n_users
