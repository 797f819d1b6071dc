"""Raw ids to codes, in an order that tells a model nothing."""

from dataclasses import replace

import numpy as np
import polars as pl
from jaxtyping import Int32, Int64, Shaped

from seqrec.digest import digest_of_bytes, generator_from
from seqrec.prepare.events import Events, RawIds
from seqrec.schema import ITEM, PART, PARTS, POSITION, TIMESTAMP, USER
from seqrec.types import Vocabulary


def encode(interactions: pl.LazyFrame | pl.DataFrame) -> tuple[Events, RawIds]:
    """Canonical interactions as events, in the same row order; codes follow the order of the sorted raw ids.

    Args:
        interactions: The columns of `schema.INTERACTIONS`; `value` is not read.
    """
    part = pl.col(PART).replace_strict(PARTS, range(len(PARTS)), default=None, return_dtype=pl.Int8)
    frame = interactions.lazy().select(USER, ITEM, pl.col(TIMESTAMP).dt.epoch("us"), POSITION, part).collect()
    users, user_ids = _sorted_codes(frame[USER])
    items, item_ids = _sorted_codes(frame[ITEM])
    parts = frame[PART]
    given = None if parts.null_count() == len(parts) else parts.fill_null(-1).to_numpy()
    events = Events(users, items, frame[TIMESTAMP].to_numpy(), frame[POSITION].to_numpy(), given)
    return events, RawIds(user_ids, item_ids)


def build_vocabulary(events: Events, raw: RawIds) -> tuple[Events, Vocabulary]:
    """Events with final codes, and the vocabulary of the users and items that occur in them.

    Ids numbered by first appearance leak: a target that nobody met before gets the next free number, and that
    rule alone has reached an HR@10 of 0.046 on Beauty. Codes are therefore a pseudo-random permutation of the
    sorted raw ids, which depends on the set of ids only: not on the order of rows, on times, or on any seed
    of the experiment.
    """
    users, user_ids = _permuted_codes(events.users, raw.users, "users")
    items, item_ids = _permuted_codes(events.items, raw.items, "items")
    return replace(events, users=users, items=items), Vocabulary(item_ids, user_ids)


def _sorted_codes(ids: pl.Series) -> tuple[Int32[np.ndarray, " n"], Shaped[np.ndarray, " n_ids"]]:
    known = ids.unique().sort()
    codes = ids.cast(pl.Enum(known)).to_physical().cast(pl.Int32).to_numpy()
    return codes, known.to_numpy().astype(object)


def _permuted_codes(
    codes: Int32[np.ndarray, " n"], ids: Shaped[np.ndarray, " n_ids"], side: str
) -> tuple[Int32[np.ndarray, " n"], Shaped[np.ndarray, " n_present"]]:
    present = np.flatnonzero(np.bincount(codes, minlength=len(ids)))
    order = present[_permutation(ids[present], side)]
    final = np.full(len(ids), -1, np.int32)
    final[order] = np.arange(len(order), dtype=np.int32)
    return final[codes], ids[order]


def _permutation(ids: Shaped[np.ndarray, " n"], side: str) -> Int64[np.ndarray, " n"]:
    digest = digest_of_bytes("\n".join(ids).encode())
    return generator_from("vocabulary", side, digest).permutation(len(ids))
