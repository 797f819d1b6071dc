"""From frames as a file gives them to canonical columns."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
import polars.selectors as cs
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.canonical.cleaning import cleaned, flat_unique
from seqrec.datasets.canonical.times import Unit, check_unit, microseconds, unit_of
from seqrec.datasets.canonical.titles import clean_text, clean_title
from seqrec.datasets.errors import CLEANED_TITLES, Rejects

TIME_US = "time_us"
"""Column of microseconds since 1970-01-01 UTC, before they are judged."""

_SAMPLED_ROWS = 1_000


def as_text(frames: Iterator[pl.DataFrame], *columns: str) -> Iterator[pl.DataFrame]:
    """The frames with `columns` as text, whatever scalars they were; a number that is none (NaN) becomes null."""
    for frame in frames:
        without_nan = frame.with_columns((cs.by_name(columns) & cs.float()).fill_nan(None))
        yield without_nan.with_columns(pl.col(columns).cast(pl.String))


def in_unit(
    frames: Iterator[pl.DataFrame],
    column: str,
    unit: Unit,
    file: Path,
    rejects: Rejects,
    remedy: str = "Read the file as the dump it is, or turn its times into that unit.",
    *,
    called: str | None = None,
) -> Iterator[pl.DataFrame]:
    """The frames as they are, once the first rows have shown that the times in `column` are not in another unit.

    The file itself may have `called` the column otherwise.

    Raises:
        DataError: They are, as `times.check_unit` tells.
    """
    unchecked = not rejects.span_of(file).start
    for frame in frames:
        if unchecked and frame[column].count():
            check_unit(frame[column].drop_nulls().head(_SAMPLED_ROWS), unit, file, called or column, remedy)
            unchecked = False
        yield frame


def with_time(
    frames: Iterator[pl.DataFrame], unit: Unit | Literal["auto"], file: Path, rejects: Rejects
) -> Iterator[pl.DataFrame]:
    """The frames with `TIME_US`, made from the column `timestamp`; the first rows of `file` decide the unit `auto`.

    Times that the file itself declares as such need no unit; those without a time zone are taken for UTC.
    """
    known = rejects.unit_of(file) if unit == "auto" else unit
    for frame in frames:
        times = frame[schema.TIMESTAMP]
        if isinstance(times.dtype, pl.Date | pl.Datetime):
            yield frame.with_columns(times.dt.epoch("us").alias(TIME_US))
            continue
        texts = times.cast(pl.String)
        if known is None and texts.null_count() < len(texts):
            known = unit_of(texts.drop_nulls().head(_SAMPLED_ROWS))
            rejects.settle_unit(file, known)
        yield frame.with_columns(texts).with_columns(microseconds(schema.TIMESTAMP, known or "iso").alias(TIME_US))


def clean_items(frame: pl.DataFrame, rejects: Rejects, separator: str = "|") -> pl.DataFrame:
    """Items with cleaned texts and flat categories, in the columns of `schema.ITEMS`.

    Args:
        frame: The columns of `schema.ITEMS`; categories are lists, lists of lists, or text.
        rejects: Where it is noted how many titles held markup.
        separator: What stands between categories in a text.
    """
    cleaners = {schema.TITLE: clean_title, schema.BRAND: clean_title, schema.DESCRIPTION: clean_text}
    texts = {name: cleaned(frame[name], clean) for name, clean in cleaners.items()}
    rejects.note(CLEANED_TITLES, _n_changed(frame[schema.TITLE], texts[schema.TITLE]))
    categories = frame[schema.CATEGORIES]
    if categories.dtype == pl.String:
        categories = categories.str.split(separator)
    return pl.DataFrame({schema.ITEM: frame[schema.ITEM], **texts, schema.CATEGORIES: flat_unique(categories)})


def _n_changed(raw: pl.Series, cleaned: pl.Series) -> int:
    """Number of titles from which more than white space was taken."""
    plain = raw.str.replace_all(r"\s+", " ").str.strip_chars()
    return int((plain.fill_null("") != cleaned.fill_null("")).sum())


def to_batches(frame: pl.DataFrame) -> Iterator[pa.RecordBatch]:
    """The frame as Arrow record batches."""
    # Arrow turns polars' newest form of text into plain strings at a third of the speed at which polars does.
    yield from frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()
