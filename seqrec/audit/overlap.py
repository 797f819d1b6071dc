"""The overlap: whether training contains the very events that are test or validation targets."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from jaxtyping import Int32, Int64

from seqrec.audit.finding import Finding, percent
from seqrec.preparation.events import Events
from seqrec.types import Cases, Sequences, Split

CHECK: Final = "overlap"


def check(split: Split, events: Events) -> Iterator[Finding]:
    """Reports pairs of user and target that also occur in training, for test and validation.

    A pair may be in training because the user interacted with the item before. If it occurs more often in training
    than in the dump before the target, one of its events is the answer itself.

    Args:
        split: The data.
        events: All events of its users. Prompts would not do, since a protocol may cut or shuffle them.
    """
    yield _overlap(split.training.train, split.test, events, "test")
    yield _overlap(split.training.fit, split.training.valid, events, "validation")


def _overlap(trained: Sequences, cases: Cases, events: Events, part: str) -> Finding:
    in_training = _pairs(trained.users[trained.rows], trained.items, trained.times, cases)
    n_trained = _per_case(in_training, cases)
    n_known = int((n_trained > n_met_before(events, cases)).sum())
    n_twice = int((_per_case(in_training.filter(pl.col("time") == pl.col("target_time")), cases) > 0).sum())
    share = float((n_trained > 0).mean())
    figures = {"pairs_in_training": share, "answers_in_training": n_known, "answers_said_twice": n_twice}
    if n_known:
        sentence = f"Training contains the target event itself in {n_known:,} of {len(cases):,} {part} cases."
        return Finding(CHECK, "wrong", sentence, figures, "Correct the split: a target must not be part of training.")
    if n_twice:
        sentence = (
            f"In {n_twice:,} of {len(cases):,} {part} cases, training contains an event of the same user, item and "
            "time as the target: the dump contains it twice."
        )
        return Finding(CHECK, "note", sentence, figures)
    if share:
        sentence = f"In {percent(share)} of {part} cases, the target is in the user's training events, as a repeat."
        return Finding(CHECK, "note", sentence, figures)
    return Finding(CHECK, "ok", f"No pair of user and {part} target is in training.", figures)


def n_met_before(events: Events, cases: Cases) -> Int64[np.ndarray, " n_cases"]:
    """Counts the earlier events of each case's user with the target item in the dump, without the target itself."""
    in_dump = _pairs(events.users, events.items, events.times, cases)
    return _per_case(in_dump.filter(pl.col("time") <= pl.col("target_time")), cases) - 1


def _pairs(
    users: Int32[np.ndarray, " n_events"],
    items: Int32[np.ndarray, " n_events"],
    times: Int64[np.ndarray, " n_events"],
    cases: Cases,
) -> pl.DataFrame:
    """Returns the events of each case's user with its target item."""
    asked = {
        "user": cases.prompts.users,
        "item": cases.targets,
        "target_time": cases.target_times,
        "case": np.arange(len(cases)),
    }
    events = pl.DataFrame({"user": users, "item": items, "time": times})
    return events.join(pl.DataFrame(asked), on=["user", "item"])


def _per_case(pairs: pl.DataFrame, cases: Cases) -> Int64[np.ndarray, " n_cases"]:
    return np.bincount(pairs["case"].to_numpy(), minlength=len(cases))
