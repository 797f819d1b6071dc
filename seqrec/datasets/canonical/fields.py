"""The fields that a reader needs, and which of its rows are usable."""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from seqrec.datasets.canonical.time_faults import TIME_FAULT
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError

if TYPE_CHECKING:
    Kind = pl.DataType
else:
    # The types of polars print in a way that checkers at run time refuse.
    Kind = Any

Fields = Mapping[str, Kind]
"""The fields to read and the types they must have: String, Int64, Float64, or lists of String."""


def usable(
    frames: Iterator[pl.DataFrame],
    reading: Reading,
    faults: Mapping[str, pl.Expr],
    by_design: Mapping[str, pl.Expr] = MappingProxyType({}),
) -> Iterator[pl.DataFrame]:
    """The rows to which nothing applies; the others are set aside under the first reason that does.

    Args:
        frames: Frames with a column `LINE`.
        reading: The file that they come from.
        faults: By reason, what is wrong; null counts as true.
        by_design: By reason, which sound rows are not wanted, such as those outside a window of dates; null
            counts as true. There may be any number of them.

    Raises:
        DataError: Too many rows are faulty, or none of those that are there is usable.
    """
    conditions = {why: true.fill_null(value=True) for why, true in (*faults.items(), *by_design.items())}
    reasons = [pl.when(true).then(pl.lit(why)) for why, true in conditions.items()]
    reason = pl.coalesce(*reasons, pl.lit(None, pl.String))
    n_kept = n_unwanted = 0
    for frame in frames:
        kept = frame
        # Most frames hold nothing but sound rows, and writing down that there is no reason takes longest.
        if frame.select(pl.any_horizontal(conditions.values()).any()).item():
            judged = frame.with_columns(reason.alias("reason")).drop(TIME_FAULT, strict=False)
            kept = frame.filter(judged["reason"].is_null())
            unwanted = judged.filter(pl.col("reason").is_in(list(by_design)))
            reading.set_aside_rows(judged.filter(pl.col("reason").is_in(list(faults))))
            reading.set_aside_rows(unwanted, bad=False)
            n_unwanted += unwanted.height
        n_kept += kept.height
        yield kept
    if n_unwanted and not n_kept:
        got = f"{n_unwanted:,} sound {reading.record}s, none of them wanted ({', '.join(by_design)})"
        remedy = "Change the settings of the dataset that say what is wanted."
        raise DataError(str(reading.path), got=got, expected="at least one that is", remedy=remedy)
    if not n_kept and (reading.n_records or not reading.may_be_empty):
        raise reading.refusal(f"no usable {reading.record}")


def absent(name: str, null_words: Iterable[str] = ()) -> pl.Expr:
    """Whether a text is null, blank, or one of the `null_words` in any case."""
    words = "|".join(map(re.escape, null_words))
    return pl.col(name).is_null() | pl.col(name).str.contains(rf"(?i)^\s*(?:{words})?\s*$")
