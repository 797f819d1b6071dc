"""Which repeated interactions a dump is better without, by its declared policy."""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
import pyarrow as pa

from seqrec.datasets.base import Duplicates
from seqrec.datasets.errors import LINE, RejectLog
from seqrec.ingest.keys import ITEM_KEY, TIME, USER, repeated
from seqrec.schema import ITEM, POSITION, TIMESTAMP
from seqrec.schema import USER as USER_ID

REASON = "duplicate interaction"
"""Under which they are set aside."""
PLACE = "interactions"
"""Where they are said to stand: not in a file of the dump, but in the table made of it, at their `position`."""

_SAME = {"exact": [USER, ITEM_KEY, TIME], "pair": [USER, ITEM_KEY]}


def duplicates(keys: pl.DataFrame, policy: Duplicates) -> pl.Series:
    """Positions of the interactions to set aside, ascending.

    Args:
        keys: All interactions of some users, as `keys_of` gives them.
        policy: With `exact`, the first in the dump of those equal in user, item and time stays; with `pair`, the
            earliest of those equal in user and item, the first in the dump where times are equal.
    """
    if policy == "keep":
        return keys[POSITION].clear()
    same = _SAME[policy]
    ordered = repeated(keys, *same).sort([TIME, POSITION] if policy == "pair" else POSITION)
    return ordered.filter(~pl.struct(same).is_first_distinct())[POSITION].sort()


def without(batches: Iterable[pa.RecordBatch], positions: pl.Series, log: RejectLog) -> Iterator[pa.RecordBatch]:
    """The canonical interactions, ascending in position, without those at the ascending `positions`.

    These are set aside in `log` as `duplicate interaction`, their `position` standing for a line.
    """
    unwanted = positions.to_numpy()
    for batch in batches:
        here = batch[POSITION].to_numpy()
        # A dump that continues an older one has no rows where that one had duplicates.
        first, last = np.searchsorted(unwanted, [here[0], here[-1] + 1]) if len(here) else (0, 0)
        doubled = np.isin(here, unwanted[first:last], assume_unique=True)
        rows = pl.DataFrame(batch.filter(pa.array(doubled)))
        place = (pl.col(POSITION).alias(LINE), pl.lit(REASON).alias("reason"))
        log.add_rows(PLACE, rows.select(*place, USER_ID, ITEM, TIMESTAMP))
        yield batch.filter(pa.array(~doubled))
