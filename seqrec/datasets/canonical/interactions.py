"""From rows with a user, an item and a time to canonical interactions: what makes a row unusable, once."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import polars as pl
import polars.selectors as cs
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.canonical.fields import absent, usable
from seqrec.datasets.canonical.frames import TIME_US, to_batches
from seqrec.datasets.canonical.times import MAX_TIME_S, US_PER_S
from seqrec.datasets.reading import Reading


def to_interactions(
    frames: Iterator[pl.DataFrame],
    reading: Reading,
    *,
    user: str,
    item: str,
    value: str | None = None,
    part: str | None = None,
    by_design: Mapping[str, pl.Expr] = MappingProxyType({}),
) -> Iterator[pa.RecordBatch]:
    """The usable rows as interactions; the others are set aside.

    Args:
        frames: Frames of one file, with the columns `LINE` and `TIME_US`, and those named below.
        reading: That file.
        user: Column of users, text.
        item: Column of items, text.
        value: Column of values, numbers or text; may hold nulls.
        part: The part of the dump's own split that the file is.
        by_design: As for `usable`, whose errors are raised, too.
    """
    faults = {
        f"no {user}": absent(user),
        f"no {item}": absent(item),
        "no readable time": pl.col(TIME_US).is_null(),
        "impossible time": ~pl.col(TIME_US).is_between(0, MAX_TIME_S * US_PER_S),
    }
    number = pl.lit(None, pl.Float32)
    if value is not None:
        number = pl.col(value).cast(pl.Float32, strict=False)
        empty = pl.any_horizontal((cs.by_name(value) & cs.string()) == "")
        given = pl.col(value).is_not_null() & ~empty
        faults[f"{value} is not a number"] = given & ~number.is_finite().fill_null(value=False)
    columns = (
        pl.col(user).alias(schema.USER),
        pl.col(item).alias(schema.ITEM),
        pl.col(TIME_US).cast(pl.Datetime("us", "UTC")).alias(schema.TIMESTAMP),
        number.alias(schema.VALUE),
        pl.lit(part, pl.String).alias(schema.PART),
    )
    for frame in usable(frames, reading, faults, by_design):
        yield from to_batches(frame.select(columns))
