"""The validation: whether models are selected on the answers of the test."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from seqrec.audit.finding import Finding, named, percent
from seqrec.audit.origin import EVENT, frame_of
from seqrec.preparation.events import Events
from seqrec.preparation.sequences import with_targets
from seqrec.types import Split

CHECK: Final = "validation"
MAX_COPIES: Final = 0.5
"""The share of test targets that may be validation targets because the dump contains them twice."""
MAX_UNREMARKABLE: Final = 0.05
"""The share from which such copies are a warning."""
MIN_CASES: Final = 5
"""The number of such copies up to which they are no warning."""
REMEDY: Final = "Correct the split: a validation case must not contain the target of a test case."
DUPLICATES: Final = 'Set dataset.duplicates = "exact", or correct the parts that the dump assigns.'


def check(split: Split, events: Events) -> Iterator[Finding]:
    """Reports test targets that validation contains too, in a prompt or as a target.

    Args:
        split: The data.
        events: All events of its users.
    """
    yield _judged(*_counts(split, events), split)


def _counts(split: Split, events: Events) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Returns the test targets that validation holds too often to be another event, and those that it asks for."""
    test, valid = split.test, split.training.valid
    targets = pl.DataFrame({"user": test.prompts.users, "item": test.targets, "time": test.target_times})
    asked = pl.DataFrame({"user": valid.prompts.users, "item": valid.targets, "time": valid.target_times})
    counts = targets.group_by(EVENT).agg(n_test=pl.len())
    # The prompts of a user overlap, so an event counts as often as one case contains it.
    shown = frame_of(with_targets(valid)).join(counts, on=EVENT, how="semi")
    in_valid = shown.group_by("case", *EVENT).agg(n=pl.len()).group_by(EVENT).agg(n_valid=pl.col("n").max())
    dump = pl.DataFrame({"user": events.users, "item": events.items, "time": events.times})
    in_dump = dump.join(in_valid, on=EVENT, how="semi").group_by(EVENT).agg(n_dump=pl.len())
    both = counts.join(in_valid, on=EVENT).join(in_dump, on=EVENT, how="left")
    same = both.filter(pl.col("n_test") + pl.col("n_valid") > pl.col("n_dump").fill_null(0))
    return targets.join(same, on=EVENT, how="semi"), targets.join(asked, on=EVENT, how="semi")


def _judged(same: pl.DataFrame, copies: pl.DataFrame, split: Split) -> Finding:
    n_cases, ids = len(split.test), split.training.vocabulary.user_ids
    share = copies.height / n_cases
    figures = {"answers_in_validation": same.height, "validation_targets_that_are_test_targets": copies.height}
    if same.height:
        sentence = (
            f"Validation contains the target event of {same.height:,} of {n_cases:,} test cases, as for "
            f"{named(ids[same['user']])}: models would be selected on the answers of the test."
        )
        return Finding(CHECK, "wrong", sentence, figures, REMEDY)
    if not share:
        return Finding(CHECK, "ok", "No test target is in validation.", figures)
    sentence = (
        f"{percent(share)} of test targets equal a validation target in user, item and time, as for "
        f"{named(ids[copies['user']])}: the dump contains the event twice."
    )
    if share >= MAX_COPIES and copies.height >= MIN_CASES:
        return Finding(CHECK, "wrong", f"{sentence} Models would be selected on the test.", figures, DUPLICATES)
    many = share >= MAX_UNREMARKABLE and copies.height >= MIN_CASES
    return Finding(CHECK, "warning" if many else "note", sentence, figures, DUPLICATES)
