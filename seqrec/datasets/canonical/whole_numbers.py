"""Ids that a program wrote as fractions, such as 12.0: it held them as floats, because some were missing."""

from collections.abc import Callable, Iterator
from itertools import chain

import polars as pl

from seqrec.datasets.canonical.fields import absent
from seqrec.datasets.reading import Reading

_WHOLE = r"^-?\d+\.0$"


def without_fractions(
    frames: Iterator[pl.DataFrame], again: Callable[[], Iterator[pl.DataFrame]], reading: Reading, *columns: str
) -> Iterator[pl.DataFrame]:
    """The frames of a file, in which ids are whole numbers if every one of their column is written as 12.0.

    Args:
        frames: The file, with `columns` of text.
        again: Reads the same frames once more, which is done only if all ids of the first frame are written so.
        reading: The file, in which a note is taken.
        columns: Columns of ids.
    """
    first = next(frames, None)
    if first is None:
        return
    whole = _whole([column for column in columns if len(_values(first, column, reading))], first, reading)
    for frame in again() if whole else ():
        whole = _whole(whole, frame, reading)
        if not whole:
            break
    for frame in chain([first], frames):
        for column in whole:
            reading.note(f"{column}: whole numbers written as 12.0, read as 12", frame[column].count())
        yield frame.with_columns(pl.col(column).str.replace(r"\.0$", "") for column in whole)


def _whole(columns: list[str], frame: pl.DataFrame, reading: Reading) -> list[str]:
    """Those of the columns whose values are whole numbers written as fractions."""
    return [column for column in columns if _are_whole(frame, column, reading)]


def _are_whole(frame: pl.DataFrame, column: str, reading: Reading) -> bool:
    values = _values(frame, column, reading)
    # The first one mostly tells.
    return bool(values.head(1).str.contains(_WHOLE).all() and values.str.contains(_WHOLE).all())


def _values(frame: pl.DataFrame, column: str, reading: Reading) -> pl.Series:
    return frame.filter(~absent(column, reading.null_words))[column]
