"""Training that continues an earlier one on grown data: what the earlier one has learnt must validate and test nothing.

A model that begins with the weights of an earlier one knows the events that those were trained on. So the test cases
must be about other events, and the epochs must be chosen on other events too: validation is drawn anew, from the
histories whose last event came since.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Bool, Int32, Int64, Shaped

from seqrec.digest import generator_from
from seqrec.preparation.sequences import leave_last_out
from seqrec.schema import ITEM, TIMESTAMP, USER
from seqrec.types import Cases, Sequences, Training, Vocabulary

MIN_CASES = 50
"""The number of validation cases without which a continued training could not tell when to stop."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """Training data for models that begin with earlier weights, or the reason why there are none."""

    training: Training | None
    seen: pl.DataFrame
    """Every event that the weights of the next models will have been trained on, in original ids."""
    reason: str = ""


def continue_training(training: Training, test: Cases, seen: pl.DataFrame) -> Continuation:
    """Returns `training` with another validation, whose targets an earlier model has not learnt.

    Validation cases are drawn from the histories whose last training event is not among `seen`, at most as many as
    the protocol has; these events leave `fit`, and everything else is in it. `train` stays what it was, so that a
    refit, and models that start from nothing, learn the same.

    Args:
        training: Today's training data.
        test: Today's test cases.
        seen: The events that the earlier model was trained on: user, item and time, in original ids, each once.
    """
    vocabulary, train = training.vocabulary, training.train
    events = events_of(train, vocabulary)
    grown = pl.concat([seen, events]).unique(maintain_order=True)
    known_targets = int(_known(_frame(test.prompts.users, test.targets, test.target_times, vocabulary), seen).sum())
    if known_targets:
        return Continuation(None, grown, f"{known_targets:,} of today's test cases ask for what it was trained on")
    last = train.offsets[1:] - 1
    is_new = ~_known(events[last], seen) & (train.lengths >= 2)
    if (n_new := int(is_new.sum())) < MIN_CASES:
        return Continuation(
            None, grown, f"{n_new:,} histories have a new event, and it takes {MIN_CASES} to tell when to stop"
        )
    n_valid = min(n_new, max(len(training.valid), MIN_CASES))
    held = np.zeros(len(train), bool)
    held[generator_from("continuation").choice(np.flatnonzero(is_new), n_valid, replace=False)] = True
    valid = leave_last_out(train.take(np.flatnonzero(held)))
    fit = train.keep((train.ages > 1) | ~held[train.rows])
    return Continuation(replace(training, fit=fit, valid=valid), grown)


def events_of(sequences: Sequences, vocabulary: Vocabulary) -> pl.DataFrame:
    """Returns events in original ids, in the order of the sequences: the columns user, item and time."""
    return _frame(sequences.users[sequences.rows], sequences.items, sequences.times, vocabulary)


def rows_of(
    item_ids: Shaped[np.ndarray, " n_items"], earlier: Shaped[np.ndarray, " n_earlier"]
) -> Int64[np.ndarray, " n_items"]:
    """Returns the place of each item among `earlier` ones, -1 for an item that is not there."""
    places = pl.DataFrame({ITEM: pl.Series(earlier, dtype=pl.String)}).with_row_index("row")
    items = pl.DataFrame({ITEM: pl.Series(item_ids, dtype=pl.String)})
    found = items.join(places, on=ITEM, how="left", maintain_order="left")["row"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy(writable=True)


def _frame(
    users: Int32[np.ndarray, " n"], items: Int32[np.ndarray, " n"], times: Int64[np.ndarray, " n"], ids: Vocabulary
) -> pl.DataFrame:
    user_ids, item_ids = pl.Series(ids.user_ids, dtype=pl.String), pl.Series(ids.item_ids, dtype=pl.String)
    return pl.DataFrame({USER: user_ids.gather(users), ITEM: item_ids.gather(items), TIMESTAMP: times})


def _known(events: pl.DataFrame, seen: pl.DataFrame) -> Bool[np.ndarray, " n_events"]:
    """Returns which events are among those that were seen."""
    marked = events.join(seen.with_columns(known=True), on=[USER, ITEM, TIMESTAMP], how="left", maintain_order="left")
    return marked["known"].fill_null(value=False).to_numpy()
