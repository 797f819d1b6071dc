"""Training that continues an earlier one on grown data: what the earlier one has learnt must validate and test nothing.

A model that begins with the weights of an earlier one knows the events that those were trained on. So test cases that
ask for one of them are left out, for all models, and the epochs are chosen on other events too: validation is drawn
anew, from the histories whose last event came since. A test case may ask for an old event although its user came back:
what came last may be an item that training does not know, or the order within a day may have been drawn anew.

Events are told apart by user, item, and whether it is the first, second or third time; not by their time, which may be
corrected between two dumps, or be a position in a table whose beginning was cut off. Where this errs, an event that is
new counts as known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Bool, Int32, Int64, Shaped

from seqrec.digest import generator_from
from seqrec.preparation.sequences import leave_last_out
from seqrec.schema import ITEM, USER
from seqrec.types import Cases, Sequences, Split, Vocabulary

TIMES = "times"
MIN_CASES = 50
"""The number of validation cases without which a continued training could not tell when to stop."""
MAX_KNOWN = 0.1
"""The share of test cases that may be left out because they ask for what was learnt."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """The data of models that begin with earlier weights, or the reason why there are none."""

    split: Split | None
    n_known: int
    """The number of test cases that were left out."""
    n_shared: int
    """The number of today's items that the earlier model knows."""
    seen: pl.DataFrame
    """How often, by user and item in original ids, the weights of the next models will have been trained on it."""
    reason: str = ""


def continue_split(split: Split, seen: pl.DataFrame, earlier: Vocabulary) -> Continuation:
    """Returns the split with another validation, and without test cases, whose targets an earlier model has learnt.

    Validation cases are drawn from the histories whose last training event is not among `seen`, at most as many as
    the protocol has; these events leave `fit`, and everything else is in it. `train` stays what it was, so that a
    refit, and models that start from nothing, learn the same.

    Args:
        split: Today's split.
        seen: How often the earlier model, and those that it began with, were trained on each user and item, in
            original ids.
        earlier: The vocabulary of the earlier model.
    """
    training, test = split.training, split.test
    vocabulary, train = training.vocabulary, training.train
    events, asked = _numbered(train, vocabulary), _numbered_targets(test, vocabulary)
    grown = joined([seen, times_of(train, vocabulary)])
    known = _known(asked, seen)
    last = train.offsets[1:] - 1
    is_new = ~_known(events[last], seen) & (train.lengths >= 2)
    n_users = seen.select(pl.col(USER).unique().is_in(vocabulary.user_ids.tolist()).sum()).item()
    n_known, n_new = int(known.sum()), int(is_new.sum())
    n_shared = int((rows_of(vocabulary.item_ids, earlier.item_ids) >= 0).sum())
    reason = ""
    if not n_shared or not n_users:
        reason = f"they know none of today's {'users' if n_shared else 'items'}"
    elif n_known > MAX_KNOWN * len(test):
        reason = f"{n_known:,} of {len(test):,} test cases ask for what they were trained on"
    elif n_new < MIN_CASES:
        reason = f"{n_new:,} histories have a new event, and it takes {MIN_CASES} to tell when to stop"
    if reason:
        return Continuation(None, n_known, n_shared, grown, reason)
    n_valid = min(n_new, max(len(training.valid), MIN_CASES))
    held = np.zeros(len(train), bool)
    held[generator_from("continuation").choice(np.flatnonzero(is_new), n_valid, replace=False)] = True
    valid = leave_last_out(train.take(np.flatnonzero(held)))
    fit = train.keep((train.ages > 1) | ~held[train.rows])
    continued = replace(split, training=replace(training, fit=fit, valid=valid), test=test.take(np.flatnonzero(~known)))
    return Continuation(continued, n_known, n_shared, grown)


def times_of(sequences: Sequences, vocabulary: Vocabulary) -> pl.DataFrame:
    """Returns how often each user has each item: the columns user, item and times, in original ids."""
    return joined([_numbered(sequences, vocabulary)])


def joined(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Returns the largest number of times for each user and item."""
    return pl.concat(tables).group_by(USER, ITEM, maintain_order=True).agg(pl.col(TIMES).max())


def rows_of(
    item_ids: Shaped[np.ndarray, " n_items"], earlier: Shaped[np.ndarray, " n_earlier"]
) -> Int64[np.ndarray, " n_items"]:
    """Returns the place of each item among `earlier` ones, -1 for an item that is not there."""
    places = pl.DataFrame({ITEM: pl.Series(earlier, dtype=pl.String)}).with_row_index("row")
    items = pl.DataFrame({ITEM: pl.Series(item_ids, dtype=pl.String)})
    found = items.join(places, on=ITEM, how="left", maintain_order="left")["row"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy(writable=True)


def _numbered(sequences: Sequences, vocabulary: Vocabulary) -> pl.DataFrame:
    """Returns each event with how often its user has had the item by then, itself included."""
    frame = _named(sequences.users[sequences.rows], sequences.items, vocabulary)
    return frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(USER, ITEM).alias(TIMES))


def _numbered_targets(cases: Cases, vocabulary: Vocabulary) -> pl.DataFrame:
    """Returns the target of each case with how often the user has had the item by then, as far as the prompt tells."""
    prompts = cases.prompts
    before = np.bincount(prompts.rows[prompts.items == cases.targets[prompts.rows]], minlength=len(cases))
    named = _named(prompts.users, cases.targets, vocabulary)
    return named.with_columns(pl.Series(TIMES, before + 1, dtype=pl.Int64))


def _named(users: Int32[np.ndarray, " n"], items: Int32[np.ndarray, " n"], ids: Vocabulary) -> pl.DataFrame:
    user_ids, item_ids = pl.Series(ids.user_ids, dtype=pl.String), pl.Series(ids.item_ids, dtype=pl.String)
    return pl.DataFrame({USER: user_ids.gather(users), ITEM: item_ids.gather(items)})


def _known(events: pl.DataFrame, seen: pl.DataFrame) -> Bool[np.ndarray, " n_events"]:
    """Returns which events are among those that were seen."""
    marked = events.join(seen.rename({TIMES: "seen"}), on=[USER, ITEM], how="left", maintain_order="left")
    return marked.select(pl.col(TIMES) <= pl.col("seen").fill_null(0)).to_series().to_numpy()
