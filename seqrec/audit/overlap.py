"""Overlap: whether training holds the very events that are asked for."""

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
    """Pairs of user and item that stand in training and are asked for, in test and in validation.

    A pair may be in training because the user met the item before. If training holds it more often than the dump
    does until the target, one of these is the answer itself.

    Args:
        split: The data.
        events: All events of its users. They count rather than the prompts, which a protocol may cut or shuffle.
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
        sentence = f"Training holds the very event that is asked for in {n_known:,} of {len(cases):,} {part} cases."
        return Finding(CHECK, "wrong", sentence, figures, "Mend the split: a target must not be part of training.")
    if n_twice:
        sentence = (
            f"In {n_twice:,} of {len(cases):,} {part} cases training holds an event of the same user, item and time as "
            "the target: the dump says it twice."
        )
        return Finding(CHECK, "by design", sentence, figures)
    if share:
        sentence = f"In {percent(share)} of {part} cases the user met the target in training already, as a repeat."
        return Finding(CHECK, "by design", sentence, figures)
    return Finding(CHECK, "ok", f"No pair of user and {part} target is in training.", figures)


def n_met_before(events: Events, cases: Cases) -> Int64[np.ndarray, " n_cases"]:
    """How often the dump has the user of each case with the target, up to its time, the target itself left out."""
    in_dump = _pairs(events.users, events.items, events.times, cases)
    return _per_case(in_dump.filter(pl.col("time") <= pl.col("target_time")), cases) - 1


def _pairs(
    users: Int32[np.ndarray, " n_events"],
    items: Int32[np.ndarray, " n_events"],
    times: Int64[np.ndarray, " n_events"],
    cases: Cases,
) -> pl.DataFrame:
    """The events of the user and the target of each case."""
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
