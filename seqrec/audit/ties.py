"""The ties: how much of the order the timestamps leave open, and how that affects the floors."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from jaxtyping import Int64

from seqrec.audit.finding import Finding, percent
from seqrec.audit.sample import looked_at
from seqrec.evaluation.accuracy import hit_rate, ndcg
from seqrec.preparation.events import Events
from seqrec.preparation.ties import Ties, chronological
from seqrec.types import Places, Sequences, Split

CHECK: Final = "ties"
K: Final = 10

REMEDY: Final = "Correct the tie rule: among equal times, a random order must not follow the ids of the dump."


def check(split: Split, events: Events, rule: Ties, floors: Mapping[Ties, Mapping[str, Places]]) -> Iterator[Finding]:
    """Reports how many targets the tie rule chose, how the dump and the split order ties, and the effect on the floors.

    Args:
        split: The data.
        events: Its events in the order of the dump.
        rule: The tie rule of the protocol.
        floors: The places of the targets under the floor models, by tie rule and label.
    """
    yield _tied_targets(split)
    yield _order(split, events, rule)
    if tied_targets(split):
        yield _floors(floors, len(split.test))


def tied_targets(split: Split) -> float:
    """Returns the share of test cases whose target has the time of the last event of its prompt."""
    prompts = split.test.prompts
    asked = np.flatnonzero(prompts.lengths)
    last = prompts.times[prompts.offsets[1:][asked] - 1]
    return float((split.test.target_times[asked] == last).sum() / len(split.test))


def _tied_targets(split: Split) -> Finding:
    share = tied_targets(split)
    figures = {"tied_targets": share}
    if not share:
        return Finding(CHECK, "ok", "No test target shares its time with the last event of its prompt.", figures)
    sentence = (
        f"{percent(share)} of test targets share their time with the last event of the prompt: an order among equal "
        "times, which is not known, made them the target."
    )
    return Finding(CHECK, "note", sentence, figures)


def _order(split: Split, events: Events, rule: Ties) -> Finding:
    ranks = np.argsort(np.argsort(split.training.vocabulary.item_ids, kind="stable"))
    in_file, n_in_file = _ascending(chronological(events, "file", seed=0), ranks)
    in_split, n_in_split = _ascending(_as_events(split.training.fit), ranks)
    figures = {
        "tied_pairs_in_dump": n_in_file,
        "ascending_by_id_in_dump": in_file,
        "tied_pairs_in_split": n_in_split,
        "ascending_by_id_in_split": in_split,
    }
    if not n_in_file:
        return Finding(CHECK, "ok", "No two events of a user have the same time.", figures)
    shown = f"Of {n_in_file:,} pairs of tied events, the dump has {percent(in_file)} in ascending order of item ids"
    if rule == "file":
        sentence = f"{shown}. The protocol keeps the order of the dump, which a model may be able to learn."
        return Finding(CHECK, "by design", sentence, figures)
    shown = f"{shown}; the split shuffles them, to {percent(in_split)}"
    # Six standard deviations of as many coin tosses: neighbours in a shuffle vary no more than coin tosses do.
    if abs(in_split - 0.5) * np.sqrt(n_in_split) > 3.0:
        return Finding(CHECK, "wrong", f"{shown}, which no random shuffle would give.", figures, REMEDY)
    return Finding(CHECK, "ok", f"{shown}.", figures)


def _floors(floors: Mapping[Ties, Mapping[str, Places]], n_cases: int) -> Finding:
    figures = {
        f"{label}_{name}_at_{K}_{rule}": float(metric(places, K).mean())
        for rule, by_label in floors.items()
        for label, places in by_label.items()
        for name, metric in (("hr", hit_rate), ("ndcg", ndcg))
    }
    shown = "; ".join(
        f"{label} {figures[f'{label}_ndcg_at_{K}_file']:.4f} and {figures[f'{label}_ndcg_at_{K}_random']:.4f}"
        for label in floors["file"]
    )
    (n,) = {len(places) for by_label in floors.values() for places in by_label.values()}
    sentence = (
        f"NDCG@{K} of the floors with ties in the order of the dump and in random order: {shown}"
        f"{looked_at(n, n_cases)}."
    )
    return Finding(CHECK, "note", sentence, figures)


def _ascending(events: Events, ranks: Int64[np.ndarray, " n_items"]) -> tuple[float, int]:
    """Returns the share of tied neighbours of different items that ascend, and the number of these neighbours."""
    tied = (np.diff(events.users) == 0) & (np.diff(events.times) == 0) & (np.diff(events.items) != 0)
    ascends = np.diff(ranks[events.items])[tied] > 0
    return (float(ascends.mean()) if len(ascends) else 0.5), len(ascends)


def _as_events(trained: Sequences) -> Events:
    """Returns the events that models learn from, each once, in the order in which they read them."""
    n_events = trained.n_events
    return Events(trained.users[trained.rows], trained.items, trained.times, np.arange(n_events, dtype=np.int64))
