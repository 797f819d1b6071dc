"""Any table of interactions, with or without one of items: CSV, TSV, JSON lines or Parquet."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import pyarrow as pa
from pydantic import StringConstraints

from seqrec import schema
from seqrec.config import Config as BaseConfig
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.fields import absent, first_of_each, usable
from seqrec.datasets.canonical.frames import as_text, clean_items, in_unit, to_batches, with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate, locate_all
from seqrec.datasets.parsing.table_files import TableFile, open_table

NonEmpty = Annotated[str, StringConstraints(min_length=1)]

_NO_TIME = (
    "A next-item model learns from the order of events, so a table needs a column of times; "
    'a running number will do, with time_unit = "s". '
)
_REMEDY = "Put the file there, or name another in dataset.{}.file."
_WRONG_UNIT = "Set dataset.events.time_unit to what the file holds, or to auto."


class Events(BaseConfig):
    """The files of interactions and their columns."""

    file: NonEmpty = "interactions.csv"
    """File in the data folder; it may be gzipped. A pattern such as `orders-*.parquet` takes several, one after
    another in the order of their names."""
    format: Literal["auto", "csv", "tsv", "jsonl", "parquet"] = "auto"
    """Left open, the content of the file tells."""
    header: bool = True
    """Whether the first line of CSV or TSV names the columns. If not, they are called `0`, `1` and so on."""
    user: NonEmpty = "user_id"
    """Column of users."""
    item: NonEmpty = "item_id"
    """Column of items."""
    time: NonEmpty = "timestamp"
    """Column of times."""
    value: NonEmpty | None = None
    """A rating, a price, a count: kept beside the interaction."""
    time_unit: Literal["auto", "s", "ms", "us", "yyyymmdd", "iso"] = "auto"
    """Seconds, milliseconds or microseconds since 1970 (UTC), dates such as 20190131, or ISO 8601 text. Left open,
    the first rows tell: text is ISO, numbers that read as dates from 1990 on are dates, others below 1e11 are
    seconds, below 1e14 milliseconds, above it microseconds."""


class Catalogue(BaseConfig):
    """The file of items and its columns."""

    file: NonEmpty = "items.csv"
    """File in the data folder; it may be gzipped."""
    format: Literal["auto", "csv", "tsv", "jsonl", "parquet"] = "auto"
    """Left open, the content of the file tells."""
    header: bool = True
    """Whether the first line of CSV or TSV names the columns. If not, they are called `0`, `1` and so on."""
    item: NonEmpty = "item_id"
    """Column of items, with the ids of the interactions."""
    title: NonEmpty | None = None
    """Column of titles; none if left out."""
    brand: NonEmpty | None = None
    """Column of brands; none if left out."""
    categories: NonEmpty | None = None
    """Column of categories; none if left out."""
    description: NonEmpty | None = None
    """Column of descriptions; none if left out."""
    category_separator: NonEmpty = "|"
    """What stands between categories where they are one text; JSON and Parquet may hold lists instead."""


class Config(DatasetConfig):
    """Your own data: CSV, TSV, JSON lines or Parquet with columns of your choice."""

    name: Literal["table"] = "table"
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")] | None = None
    """Short name of the data for paths and pages; the name of the interactions file if left out."""
    events: Events = Events()
    catalogue: Catalogue | None = None

    @property
    def label(self) -> str:
        """The `slug`, or else one made of the file name."""
        stem = Path(self.events.file).name.split(".")[0].lower()
        return self.slug or re.sub(r"[^a-z0-9_]+", "-", stem).strip("-_") or self.name

    def files(self, data: Path) -> tuple[Path, ...]:
        """The interactions, and the items if there are any."""
        items = () if self.catalogue is None else (_items(data, self.catalogue),)
        return (*self.growing(data), *items)

    def growing(self, data: Path) -> tuple[Path, ...]:
        """The interactions."""
        return locate_all(data, self.events.file, _REMEDY.format("events"))

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per row, in the order of the files and of their rows."""
        unread = [path for path in self.growing(data) if not rejects.span_of(path).is_empty]
        # All are looked at before the first is read: what is wrong with the last is then known at once.
        for table in [self._open(path) for path in unread]:
            yield from self._rows(table, rejects)

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per row; nothing without a catalogue."""
        if self.catalogue is None:
            return
        source = self.catalogue
        table = open_table(_items(data, source), source.format, header=source.header)
        columns = {
            schema.ITEM: source.item,
            schema.TITLE: source.title,
            schema.BRAND: source.brand,
            schema.CATEGORIES: source.categories,
            schema.DESCRIPTION: source.description,
        }
        _check(table, "catalogue", source, ("item", "title", "brand", "categories", "description"))
        frames = as_text(
            table.rows(columns, rejects, multiline=True),
            schema.ITEM,
            schema.TITLE,
            schema.BRAND,
            schema.DESCRIPTION,
        )
        frames = usable(frames, table.path, rejects, {"no item": absent(schema.ITEM)})
        for frame in first_of_each(frames, schema.ITEM, table.path, rejects):
            yield from to_batches(clean_items(frame, rejects, source.category_separator))

    def _open(self, path: Path) -> TableFile:
        table = open_table(path, self.events.format, header=self.events.header)
        _check(table, "events", self.events, ("user", "item", "time", "value"))
        return table

    def _rows(self, table: TableFile, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        columns = {
            "user": self.events.user,
            "item": self.events.item,
            schema.TIMESTAMP: self.events.time,
            "value": self.events.value,
        }
        rows = as_text(table.rows(columns, rejects), "user", "item", "value")
        if self.events.time_unit != "auto" and not table.columns[self.events.time].is_temporal():
            unit, called = self.events.time_unit, self.events.time
            rows = in_unit(rows, schema.TIMESTAMP, unit, table.path, rejects, _WRONG_UNIT, called=called)
        rows = (frame.with_columns(pl.col("value").str.strip_chars()) for frame in rows)
        yield from to_interactions(
            with_time(rows, self.events.time_unit, table.path, rejects),
            table.path,
            rejects,
            user="user",
            item="item",
            value="value",
        )


def _items(data: Path, catalogue: Catalogue) -> Path:
    return locate(data, (catalogue.file,), _REMEDY.format("catalogue"))


def _check(table: TableFile, key: str, part: Events | Catalogue, fields: tuple[str, ...]) -> None:
    """That the file has every column that the configuration names."""
    for field in fields:
        column = getattr(part, field)
        if column is not None:
            remedy = _NO_TIME if field == "time" else ""
            table.check(column, f"dataset.{key}.{field}", remedy, lists=field == "categories")
