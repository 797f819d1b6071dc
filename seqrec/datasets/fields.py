"""Whether a decoded value is of the type that a column declares, and which lines are usable."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from seqrec.datasets.rejects import Rejects

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
    frames: Iterator[pl.DataFrame], file: Path, rejects: Rejects, faults: Mapping[str, pl.Expr]
) -> Iterator[pl.DataFrame]:
    """The rows to which no fault applies; the others are set aside under the first one that does.

    Args:
        frames: Frames with a column `LINE`.
        file: The file that they come from.
        rejects: Where to set rows aside.
        faults: By reason, what is wrong; null counts as true.

    Raises:
        DataError: Too many rows, or all of them, are faulty.
    """
    n_kept = 0
    for frame in frames:
        reason = pl.coalesce(pl.when(fault.fill_null(value=True)).then(pl.lit(why)) for why, fault in faults.items())
        reasons = frame.select(reason.alias("reason")).to_series()
        bad = reasons.is_not_null()
        if bad.any():
            rows = frame.filter(bad)
            texts = rows.drop(LINE).write_ndjson().splitlines()
            for line, why, text in zip(rows[LINE], reasons.filter(bad), texts, strict=True):
                rejects.add(file, line, why, text)
            frame = frame.filter(~bad)  # noqa: PLW2901 - the same rows, fewer
        n_kept += frame.height
        yield frame
    rejects.check_usable(file, n_kept)


def absent(name: str) -> pl.Expr:
    """Whether a text is null or blank."""
    return pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")


def first_of_each(frames: Iterator[pl.DataFrame], name: str, file: Path, rejects: Rejects) -> Iterator[pl.DataFrame]:
    """The first row of every id in the column `name`; later ones are set aside as `duplicate item`."""
    seen: set[str] = set()
    for frame in frames:
        first = []
        for line, item_id in frame.select(LINE, name).iter_rows():
            first.append(item_id not in seen)
            if first[-1]:
                seen.add(item_id)
            else:
                rejects.add(file, line, "duplicate item", item_id, broken=False)
        yield frame.filter(pl.Series(first, dtype=pl.Boolean))


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
