"""From rows with a user, an item and a time to canonical interactions: what makes a row unusable, once."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.canonical.fields import absent, usable
from seqrec.datasets.canonical.frames import TIME_US, to_batches
from seqrec.datasets.canonical.time_faults import FAULTS, TIME_FAULT
from seqrec.datasets.reading import Reading

_DECIMAL_COMMA: Final = (r"^([+-]?\d*),(\d{1,2}|\d{4,})$", "${1}.${2}")
"""A comma in a number, unless three digits follow, which may be thousands; and the number with a point instead."""


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
        frames: Frames of one file, with the columns `LINE`, `TIME_US` and `TIME_FAULT`, and those named below.
        reading: That file.
        user: Column of users, text.
        item: Column of items, text.
        value: Column of values, numbers or text; may hold nulls. What is no number becomes null, with a note.
        part: The part of the dump's own split that the file is.
        by_design: As for `usable`, whose errors are raised, too.
    """
    faults = {
        f"no {user}": absent(user, reading.null_words),
        f"no {item}": absent(item, reading.null_words),
        **{fault: pl.col(TIME_FAULT) == code for fault, code in FAULTS.items()},
    }
    columns = (
        pl.col(user).alias(schema.USER),
        pl.col(item).alias(schema.ITEM),
        pl.col(TIME_US).cast(pl.Datetime("us", "UTC")).alias(schema.TIMESTAMP),
    )
    for frame in usable(frames, reading, faults, by_design):
        values = _values(frame, value, reading)
        yield from to_batches(frame.select(*columns, values, pl.lit(part, pl.String).alias(schema.PART)))


def _values(frame: pl.DataFrame, column: str | None, reading: Reading) -> pl.Series:
    """The finite numbers of a column; of all other texts that say something, a note is taken."""
    if column is None:
        return pl.Series(schema.VALUE, [None] * frame.height, pl.Float32)
    given = frame[column]
    number = given.cast(pl.Float32, strict=False)
    if given.dtype == pl.String and number.null_count() > given.null_count():
        number = given.str.strip_chars().str.replace(*_DECIMAL_COMMA).cast(pl.Float32, strict=False)
    if not number.is_finite().all():
        number = number.set((~number.is_finite()).fill_null(value=False), None)
    if number.null_count() > given.null_count():
        is_unread = number.is_null() & given.is_not_null()
        if given.dtype == pl.String:
            is_unread &= ~frame.select(absent(column, reading.null_words)).to_series()
        reading.note(f"{column}: no number, so null", int(is_unread.sum()))
    return number.alias(schema.VALUE)
