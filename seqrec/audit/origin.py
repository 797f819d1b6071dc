"""The origin: whether every event of training and of the cases is an event of its own user in the dump."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from seqrec.audit.finding import Finding, named
from seqrec.preparation.events import Events
from seqrec.preparation.sequences import with_targets
from seqrec.types import Cases, Sequences, Split

CHECK: Final = "origin"
EVENT: Final = ("user", "item", "time")


def check(split: Split, events: Events) -> Iterator[Finding]:
    """Looks for events that a user does not have in the dump, or not that often.

    An event of somebody else in a training sequence may be the target of that user. A prompt that holds its own
    target has the event once more than the dump.

    Args:
        split: The data.
        events: All events of its users.
    """
    dump = pl.DataFrame({"user": events.users, "item": events.items, "time": events.times})
    # Shuffled items are at other times than in the dump.
    event = [name for name in EVENT if name != "time" or not split.shuffled]
    known = dump.group_by(event).agg(n_in_dump=pl.len())
    yield _training(split, known, event)
    for part, cases in (("test", split.test), ("validation", split.training.valid)):
        yield _cases(split, cases, known, event, part)


def _training(split: Split, known: pl.DataFrame, event: list[str]) -> Finding:
    training, test = split.training, split.test
    strange = pl.concat(_strange(frame_of(part), known, event) for part in (training.fit, training.train)).unique(event)
    asked = {"other": test.prompts.users, "item": test.targets, "time": test.target_times}
    answers = strange.join(pl.DataFrame(asked), on=[name for name in event if name != "user"])
    n_answers = answers.n_unique(event)
    figures = {"events_of_no_one_or_another": strange.height, "targets_of_other_users": n_answers}
    if not strange.height:
        return Finding(CHECK, "ok", "Every training event is an event of its user in the dump.", figures)
    ids = training.vocabulary.user_ids
    sentence = (
        f"Training contains {strange.height:,} events that their users do not have in the dump, or not that often, as "
        f"for {named(ids[strange['user'].unique().sort()])}."
    )
    if n_answers:
        first = answers.sort(event).row(0, named=True)
        sentence += (
            f" {n_answers:,} of them are test targets: {named([ids[first['user']]])} is trained with the target of "
            f"{named([ids[first['other']]])}."
        )
    return Finding(CHECK, "wrong", sentence, figures, "Correct the split: users must be trained on their own events.")


def _cases(split: Split, cases: Cases, known: pl.DataFrame, event: list[str], part: str) -> Finding:
    used = frame_of(with_targets(cases))
    strange = _strange(used, known, ["case", *event])["case"].unique().sort().to_numpy()
    figures = {"n_cases": len(cases), "cases_with_strange_events": len(strange)}
    if not len(strange):
        return Finding(CHECK, "ok", f"Every {part} case has only events of its user, each once.", figures)
    users = split.training.vocabulary.user_ids[cases.prompts.users[strange]]
    sentence = (
        f"In {len(strange):,} of {len(cases):,} {part} cases, as for {named(users)}, prompt and target contain events "
        "that the user does not have in the dump, or not that often: the target may be part of its own prompt."
    )
    remedy = "Correct the split: a prompt ends before its target, and both come from the same user."
    return Finding(CHECK, "wrong", sentence, figures, remedy)


def frame_of(sequences: Sequences) -> pl.DataFrame:
    """Returns one row per event, with the columns of `EVENT` and the row of its sequence as `case`."""
    rows = sequences.rows
    columns = {"user": sequences.users[rows], "item": sequences.items, "time": sequences.times, "case": rows}
    return pl.DataFrame(columns)


def _strange(used: pl.DataFrame, known: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Returns the keys that are used more often than the dump has the event."""
    counted = used.group_by(key).agg(n_used=pl.len())
    joined = counted.join(known, on=[name for name in key if name != "case"], how="left")
    return joined.filter(pl.col("n_used") > pl.col("n_in_dump").fill_null(0)).select(key)
