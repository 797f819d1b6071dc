"""The codes of raw ids, in an order that a model can learn nothing from."""

from dataclasses import replace

import numpy as np
import polars as pl
from jaxtyping import Int32, Int64, Shaped

from seqrec.digest import digest_of_bytes, generator_from
from seqrec.preparation.events import Events, RawIds, tally
from seqrec.schema import ITEM, PART, PARTS, POSITION, TIMESTAMP, USER
from seqrec.types import Vocabulary

BATCH_ROWS = 1 << 18
"""The number of rows whose ids are held in memory as text at a time."""


def read_events(interactions: pl.LazyFrame | pl.DataFrame) -> tuple[Events, RawIds]:
    """Reads canonical interactions as events, in the same row order; codes follow the order of the sorted raw ids.

    The rows are read once, in batches. Memory holds the numeric columns of all rows, but the text of one batch
    only and each id once.

    Args:
        interactions: The columns of `schema.INTERACTIONS`; `value` is not read.
    """
    frame = interactions.lazy()
    user_book, item_book = _IdBook(), _IdBook()
    columns = frame.select(
        user_book.codes(USER),
        item_book.codes(ITEM),
        pl.col(TIMESTAMP).dt.epoch("us"),
        POSITION,
        pl.col(PART).cast(pl.Enum(PARTS), strict=False).to_physical().cast(pl.Int8).fill_null(-1),
    )
    n_rows = frame.select(pl.len()).collect().item()
    users, items = np.empty(n_rows, np.int32), np.empty(n_rows, np.int32)
    times, positions = np.empty(n_rows, np.int64), np.empty(n_rows, np.int64)
    parts = np.empty(n_rows, np.int8)
    start = 0
    for batch in columns.collect_batches(chunk_size=BATCH_ROWS):
        rows = slice(start, start + batch.height)
        for column, values in zip((users, items, times, positions, parts), batch, strict=True):
            column[rows] = values.to_numpy()
        start = rows.stop
    raw = RawIds(user_book.sort(users), item_book.sort(items))
    return Events(users, items, times, positions, parts if (parts >= 0).any() else None), raw


def build_vocabulary(events: Events, raw: RawIds) -> tuple[Events, Vocabulary]:
    """Returns events with final codes, and the vocabulary of the users and items that occur in them.

    Ids numbered by first appearance leak: a target that no user interacted with before gets the next free number,
    and that rule alone has reached an HR@10 of 0.046 on Beauty. Codes are therefore a pseudo-random permutation of
    the sorted raw ids, which depends on the set of ids only, and not on the order of rows, on times, or on any
    seed of the experiment.
    """
    users, user_ids = _permuted_codes(events.users, raw.users, "users")
    items, item_ids = _permuted_codes(events.items, raw.items, "items")
    return replace(events, users=users, items=items), Vocabulary(item_ids, user_ids)


class _IdBook:
    """The ids of one column, each stored once, with the code that it got at its first occurrence."""

    def __init__(self) -> None:
        self._kind = pl.Categorical(pl.Categories.random())
        # Polars forgets the codes of a categorical type once no column of it is left, as between two batches.
        self._anchor = pl.Series([], dtype=self._kind)

    def codes(self, name: str) -> pl.Expr:
        """Returns the codes of the ids in the column `name`; their assignment depends on the threads."""
        return pl.col(name).cast(self._kind).to_physical()

    def sort(self, codes: Int32[np.ndarray, " n"]) -> pl.Series:
        """Returns the sorted ids, and replaces each of the `codes` in place by the rank of its id."""
        n_ids = int(codes.max(initial=-1)) + 1
        ids = pl.Series(np.arange(n_ids, dtype=np.uint32)).cat.to(self._kind).cast(pl.String)
        order = ids.arg_sort()
        place = np.empty(n_ids, np.int32)
        place[order.to_numpy()] = np.arange(n_ids, dtype=np.int32)
        codes[:] = place[codes]
        return ids.gather(order)


def _permuted_codes(
    codes: Int32[np.ndarray, " n"], ids: pl.Series, side: str
) -> tuple[Int32[np.ndarray, " n"], Shaped[np.ndarray, " n_present"]]:
    present = np.flatnonzero(tally(codes, len(ids)))
    names = ids.gather(present).to_numpy()
    order = _permutation(names, side)
    final = np.full(len(ids), -1, np.int32)
    final[present[order]] = np.arange(len(order), dtype=np.int32)
    return final[codes], names[order]


def _permutation(ids: Shaped[np.ndarray, " n"], side: str) -> Int64[np.ndarray, " n"]:
    digest = digest_of_bytes("\n".join(ids).encode())
    return generator_from("vocabulary", side, digest).permutation(len(ids))
