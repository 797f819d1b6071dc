"""The time: whether training contains events that are later than the test targets."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from jaxtyping import Int64

from seqrec.audit.dates import Order, order_of
from seqrec.audit.finding import Finding, Verdict, percent
from seqrec.preparation.events import Events
from seqrec.types import Sequences, Split

CHECK: Final = "time"

LOOKS_AHEAD: Final[Mapping[str, str]] = {
    "leave_one_out": "leave-one-out trains on the future of other users",
    "given": "the dump's own split determines the order",
}
"""The splits that guarantee no order of time across users, and the reasons."""

REMEDY: Final = "Correct the split: every event of training must come before the test targets."


def check(split: Split, events: Events, split_name: str) -> Iterator[Finding]:
    """Compares the times of training with those of the test, within each user and across users.

    Within a user, no training event may be later than the user's test target, under any split. Across users, a
    split by time guarantees that no training session ends after the first test session does. Test sessions may
    begin earlier, and test targets may be older than training's last event, because test sessions are not cut and
    lose the events with items that training never saw (Harte et al. 2023).

    Args:
        split: The data.
        events: All events of its users, which determine when sessions end.
        split_name: The `name` of the split's configuration.
    """
    yield _own_future(split)
    order = order_of(events)
    if order != "dates":
        yield _no_dates(order, split_name)
    if order != "within users":
        yield _across_users(split, events, split_name)


def _own_future(split: Split) -> Finding:
    last = _last_times(split.training.train, split.training.vocabulary.n_users)
    n_ahead = int((last[split.test.prompts.users] > split.test.target_times).sum())
    prompts = split.test.prompts
    later = prompts.rows[prompts.times > np.repeat(split.test.target_times, prompts.lengths)]
    n_late = len(np.unique(later))
    figures = {"n_cases": len(split.test), "n_cases_with_own_future": n_ahead, "n_cases_with_a_late_prompt": n_late}
    if n_ahead:
        sentence = f"Training contains later events of the same user for {n_ahead:,} of {len(split.test):,} test cases."
        return Finding(CHECK, "wrong", sentence, figures, REMEDY)
    if n_late:
        sentence = f"The prompt contains later events than the target in {n_late:,} of {len(split.test):,} test cases."
        return Finding(CHECK, "wrong", sentence, figures, "Correct the split: a prompt must end before its target.")
    return Finding(CHECK, "ok", "Training contains no user's own future.", figures)


def _no_dates(order: Order, split_name: str) -> Finding:
    if order == "running number":
        sentence = (
            "The data have no dates, but a running number: it orders the events of all users, and says nothing about "
            "the time between them."
        )
        return Finding(CHECK, "note", sentence, {})
    sentence = (
        "The data have no dates, but numbers that order the events of each user: nothing is known about what other "
        "users did before or after a test target."
    )
    if split_name in LOOKS_AHEAD:
        return Finding(CHECK, "note", sentence, {})
    remedy = 'Set protocol.split.name = "leave_one_out", or name a column of times.'
    return Finding(CHECK, "warning", f"{sentence} The split by time orders users by these numbers.", {}, remedy)


def _across_users(split: Split, events: Events, split_name: str) -> Finding:
    times = np.sort(split.training.train.times)
    later = 1.0 - np.searchsorted(times, split.test.target_times, side="right") / len(times)
    train_ends = split.training.train.times[split.training.train.offsets[1:][split.training.train.lengths > 0] - 1]
    ends = np.full(split.training.vocabulary.n_users, np.iinfo(np.int64).min)
    np.maximum.at(ends, events.users, events.times)
    first_end = ends[split.test.prompts.users].min()
    n_late = int((train_ends > first_end).sum())
    share = float(later.mean())
    figures = {
        "later_training_events": share,
        "cases_with_later_training_events": float((later > 0).mean()),
        "training_sessions_ending_after_first_test_session": n_late,
        "training_end_after_first_target_days": float((times[-1] - split.test.target_times.min()) / 86_400_000_000),
    }
    shown = f"On average {percent(share)} of training events are later than the test target"
    if split_name in LOOKS_AHEAD:
        verdict: Verdict = "by design" if share else "ok"
        return Finding(CHECK, verdict, f"{shown}: {LOOKS_AHEAD[split_name]}.", figures)
    if n_late:
        sentence = (
            f"{n_late:,} training sessions end after the first test session, though the split is by time. {shown}."
        )
        return Finding(CHECK, "wrong", sentence, figures, REMEDY)
    promise = "no training session ends after the first test session"
    if share:
        return Finding(CHECK, "by design", f"{shown}, because test sessions overlap training; {promise}.", figures)
    return Finding(CHECK, "ok", f"No training event is later than any test target; {promise}.", figures)


def _last_times(sequences: Sequences, n_users: int) -> Int64[np.ndarray, " n_users"]:
    last = np.full(n_users, np.iinfo(np.int64).min)
    np.maximum.at(last, sequences.users[sequences.rows], sequences.times)
    return last
