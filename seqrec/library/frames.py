"""Frames of polars and pandas, in and out."""

from typing import Any, TypeAlias

import polars as pl

from seqrec.errors import DataError

DataFrame: TypeAlias = Any
"""A frame of polars or pandas. Polars is what we compute with; pandas need not be installed."""


def is_frame(value: object) -> bool:
    """Whether `value` is a frame of polars or pandas."""
    return isinstance(value, pl.DataFrame | pl.LazyFrame) or _is_pandas(value)


def to_polars(frame: DataFrame, what: str) -> pl.DataFrame:
    """Returns the columns of a frame; the index of a pandas frame is left out.

    In pandas, whole numbers become floats where others are missing. They become whole numbers again, so that an id 7 is
    not called 7.0.

    Args:
        frame: A frame of polars or pandas.
        what: What errors call it.

    Raises:
        DataError: It is something else, or a column mixes types that have no common one.
    """
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame
    if not _is_pandas(frame):
        raise DataError(
            what,
            got=f"a {type(frame).__name__}",
            expected="a frame of polars or pandas",
            remedy="Make one of it first.",
        )
    try:
        columns = pl.from_pandas(frame)
        return columns.with_columns(_whole(column) for column in columns if column.dtype.is_float())
    except (TypeError, ValueError, NotImplementedError, pl.exceptions.PolarsError, OverflowError) as error:
        remedy = "Give each column one type, for example with `frame.astype(str)`."
        raise DataError(
            what, got=f"a column of mixed types ({error})", expected="columns of one type", remedy=remedy
        ) from error


def like(result: pl.DataFrame, frame: DataFrame) -> DataFrame:
    """Returns `result` as a frame of the same library as `frame`."""
    return result.to_pandas() if _is_pandas(frame) else result


def typed_like(ids: pl.Series, column: pl.Series) -> pl.Series:
    """Returns ids, which are text, in the type of a user's column; as text where one of them does not fit."""
    typed = ids.cast(column.dtype, strict=False)
    return ids if typed.null_count() > ids.null_count() else typed


def _whole(column: pl.Series) -> pl.Series:
    """The column as whole numbers, if all that are there are whole."""
    whole = column.cast(pl.Int64, strict=False)
    return whole if (whole.cast(pl.Float64) == column.cast(pl.Float64)).all() else column


def _is_pandas(value: object) -> bool:
    kind = type(value)
    return kind.__module__.partition(".")[0] == "pandas" and kind.__name__ == "DataFrame"
