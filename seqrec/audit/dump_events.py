"""The interactions behind a split, in the order of the dump and with the codes of the split."""

import numpy as np
import polars as pl
from jaxtyping import Int64, Shaped

from seqrec.preparation.events import Events
from seqrec.schema import ITEM, POSITION, TIMESTAMP, USER
from seqrec.types import Vocabulary


def dump_events(interactions: pl.LazyFrame | pl.DataFrame, vocabulary: Vocabulary) -> Events:
    """Returns the events of the users and items of `vocabulary`, in the order of the dump.

    A core filter removes whole users and whole items, so these are exactly the events that it kept.

    Args:
        interactions: The columns of `schema.INTERACTIONS`.
        vocabulary: The codes of users and items.
    """
    frame = (
        interactions.lazy()
        .select(
            _coded(USER, vocabulary.user_ids),
            _coded(ITEM, vocabulary.item_ids),
            pl.col(TIMESTAMP).dt.epoch("us"),
            POSITION,
        )
        .drop_nulls()
        .sort(POSITION)
        .collect()
    )
    return Events(*(frame[name].to_numpy() for name in (USER, ITEM, TIMESTAMP, POSITION)))


def user_places(events: Events, n_users: int) -> Int64[np.ndarray, " n_users"]:
    """Returns the rank of each user by first appearance in the dump."""
    _, firsts = np.unique(events.users, return_index=True)
    assert len(firsts) == n_users, "every user of the vocabulary has an event"
    places = np.empty(n_users, np.int64)
    places[np.argsort(firsts)] = np.arange(n_users)
    return places


def _coded(column: str, ids: Shaped[np.ndarray, " n_ids"]) -> pl.Expr:
    known = pl.Series(ids.tolist(), dtype=pl.String)
    codes = pl.Series(range(len(ids)), dtype=pl.Int32)
    return pl.col(column).replace_strict(known, codes, default=None, return_dtype=pl.Int32)
