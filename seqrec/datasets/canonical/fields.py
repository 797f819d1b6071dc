"""The fields that a reader asks for, and which of the rows that it gets are usable."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from seqrec.datasets.canonical.first_seen import Met
from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.lines import LINE
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
    file: Path,
    rejects: Rejects,
    faults: Mapping[str, pl.Expr],
    by_design: Mapping[str, pl.Expr] = MappingProxyType({}),
) -> Iterator[pl.DataFrame]:
    """The rows to which nothing applies; the others are set aside under the first reason that does.

    Args:
        frames: Frames with a column `LINE`.
        file: The file that they come from.
        rejects: Where to set rows aside.
        faults: By reason, what is wrong; null counts as true.
        by_design: By reason, which sound rows are not wanted, such as those outside a window of dates; null
            counts as true. There may be any number of them.

    Raises:
        DataError: Too many rows are faulty, or no row is usable.
    """
    # A file that was read before has given something usable then.
    n_kept, n_unwanted = int(rejects.span_of(file).start > 0), 0
    conditions = [true.fill_null(value=True) for true in (*faults.values(), *by_design.values())]
    for frame in frames:
        # Most frames hold nothing but sound rows, and writing down that there is no reason takes longest.
        if not frame.select(pl.any_horizontal(conditions).any()).item():
            n_kept += frame.height
            yield frame
            continue
        judged = frame.with_columns(_reason(faults).alias("reason"), _reason(by_design).alias("design"))
        broken = judged["reason"].is_not_null()
        unwanted = ~broken & judged["design"].is_not_null()
        if broken.any():
            rejects.add_rows(file, judged.filter(broken).drop("design"))
        if unwanted.any():
            rows = judged.filter(unwanted).drop("reason").rename({"design": "reason"})
            rejects.add_rows(file, rows, broken=False)
            n_unwanted += rows.height
        kept = frame.filter(~(broken | unwanted))
        n_kept += kept.height
        yield kept
    if n_unwanted and not n_kept:
        raise DataError(
            str(file),
            got=f"{n_unwanted:,} sound lines, none of them wanted ({', '.join(by_design)})",
            expected="at least one that is",
            remedy="Change the settings of the dataset that say what is wanted.",
        )
    rejects.check_usable(file, n_kept)


def _reason(conditions: Mapping[str, pl.Expr]) -> pl.Expr:
    """The first reason whose condition is true or null."""
    reasons = [pl.when(true.fill_null(value=True)).then(pl.lit(why)) for why, true in conditions.items()]
    return pl.coalesce(*reasons, pl.lit(None, pl.String))


def absent(name: str) -> pl.Expr:
    """Whether a text is null or blank."""
    return pl.col(name).is_null() | pl.col(name).map_batches(_blank, return_dtype=pl.Boolean)


def _blank(texts: pl.Series) -> pl.Series:
    """Which texts are nothing but white space."""
    # White space lies below the other characters of ASCII or beyond them; hardly any id begins so.
    begins_blank = (texts < "!") | (texts > "~")
    return (texts.str.strip_chars() == "") if begins_blank.any() else begins_blank


def first_of_each(frames: Iterator[pl.DataFrame], name: str, file: Path, rejects: Rejects) -> Iterator[pl.DataFrame]:
    """The first row of every id in the column `name`; later ones are set aside as `duplicate item`."""
    met = Met()
    for frame in frames:
        again = met.again(frame[name])
        if again.any():
            rows = frame.filter(again).select(LINE, name, pl.lit("duplicate item").alias("reason"))
            rejects.add_rows(file, rows, broken=False)
        yield frame.filter(~again)
