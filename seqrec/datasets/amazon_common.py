"""What the Amazon dumps of several eras have in common: their files, and from decoded lines to canonical batches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import polars as pl
import pyarrow as pa
from pydantic import StringConstraints

from seqrec import schema
from seqrec.datasets.amazon_era import Era, check_era
from seqrec.datasets.canonical.fields import absent, first_of_each, usable
from seqrec.datasets.canonical.frames import TIME_US, clean_items, to_batches
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate

Category = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")]
"""A category as the file names spell it, such as `Sports_and_Outdoors`."""


def find_products(data: Path, name: str, era: Era) -> Path:
    """The metadata called `name`, gzipped or plain.

    Raises:
        DataError: There are none, or they are of another era.
    """
    remedy = "Put the file there, or set dataset.metadata = false to go without item texts."
    return check_era(locate(data, (f"{name}.gz", name), remedy), era)


def known_time(time: pl.Expr) -> pl.Expr:
    """The column `TIME_US` from microseconds; zero stands for a time that is not known."""
    return pl.when(time != 0).then(time).alias(TIME_US)


def to_items(frames: Iterator[pl.DataFrame], path: Path, rejects: Rejects, *, item: str) -> Iterator[pa.RecordBatch]:
    """Items from frames with the columns of `schema.ITEMS`, but for the id, which is in the column `item`.

    Raises:
        DataError: Too many rows lack an id, or all do.
    """
    frames = usable(frames, path, rejects, {f"no {item}": absent(item)})
    for frame in first_of_each(frames, item, path, rejects):
        yield from to_batches(clean_items(frame.rename({item: schema.ITEM}), rejects))


def joined(texts: str) -> pl.Expr:
    """The paragraphs of the list `texts` as one text."""
    return pl.col(texts).list.join(" ", ignore_nulls=True)


def categories_or(categories: str, main: str) -> pl.Expr:
    """The list `categories`; where it is empty, the category `main` that the page was filed under."""
    listed = pl.col(categories)
    return pl.when(listed.list.len() > 0).then(listed).otherwise(pl.concat_list(main))
