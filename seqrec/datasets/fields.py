"""Whether a decoded value is of the type that a column declares, and which lines are usable."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from seqrec.datasets.rejects import Rejects
from seqrec.errors import DataError

LINE = "line"
"""Column with the number of the line, counted from 1, that a row came from."""

if TYPE_CHECKING:
    Kind = pl.DataType
else:
    # The types of polars print in a way that checkers at run time refuse.
    Kind = Any

Fields = Mapping[str, Kind]
"""The fields to read and the types they must have: String, Int64, Float64, or lists of String."""

_INT64 = 1 << 63


def misfit(record: object, fields: Fields) -> str | None:
    """Why a decoded line can't be a row of `fields`; None if it can. Absent fields and nulls always fit.

    A number is welcome where text is due, because many dumps number their users and items; nothing else is
    converted.
    """
    if not isinstance(record, dict):
        return "not an object"
    for name, kind in fields.items():
        value = record.get(name)
        if value is not None and not _fits(value, kind):
            return f"{name} has the wrong type"
    return None


def as_row(record: Mapping[str, object], fields: Fields) -> dict[str, object]:
    """The fields of a record that fits, numbers turned to text where text is due."""
    return {name: _as(record.get(name), kind) for name, kind in fields.items()}


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
    n_kept = n_unwanted = 0
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
    return pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")


def first_of_each(frames: Iterator[pl.DataFrame], name: str, file: Path, rejects: Rejects) -> Iterator[pl.DataFrame]:
    """The first row of every id in the column `name`; later ones are set aside as `duplicate item`."""
    seen: set[str] = set()
    for frame in frames:
        ids = frame[name]
        met = pl.Series(map(seen.__contains__, ids.to_list()), dtype=pl.Boolean)
        seen.update(ids)
        again = met | ~ids.is_first_distinct()
        if again.any():
            rows = frame.filter(again).select(LINE, name, pl.lit("duplicate item").alias("reason"))
            rejects.add_rows(file, rows, broken=False)
        yield frame.filter(~again)


def _fits(value: object, kind: Kind) -> bool:
    if isinstance(kind, pl.List):
        return isinstance(value, list) and all(one is None or _fits(one, _inner(kind)) for one in value)
    if isinstance(value, str):
        return kind == pl.String and _is_text(value)
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return kind != pl.Int64 or -_INT64 <= value < _INT64
    return isinstance(value, float) and kind != pl.Int64


def _inner(kind: Kind) -> Kind:
    assert isinstance(kind, pl.List)
    assert isinstance(kind.inner, pl.DataType)
    return kind.inner


def _is_text(value: str) -> bool:
    """Whether a string holds no half of a surrogate pair, which no UTF-8 can express."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _as(value: object, kind: Kind) -> object:
    if isinstance(value, list):
        assert isinstance(kind, pl.List)
        return [_as(one, _inner(kind)) for one in value]
    return str(value) if kind == pl.String and value is not None else value
