"""Any table of interactions, with or without one of items: CSV, TSV, JSON lines or Parquet."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import pyarrow as pa
from pydantic import StringConstraints, model_validator

from seqrec.config import Config as BaseConfig
from seqrec.config import Slug
from seqrec.config.pattern import Pattern
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.frames import as_text, with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.canonical.times import Unit
from seqrec.datasets.canonical.whole_numbers import without_fractions
from seqrec.datasets.find_files import locate, locate_all
from seqrec.datasets.parsing.csv import Dialect
from seqrec.datasets.parsing.table_files import TableFile, open_table
from seqrec.datasets.reading import Reading

NonEmpty = Annotated[str, StringConstraints(min_length=1)]
Sign = Annotated[str, Pattern(r"^[\x01-\x7f&&[^\r\n]]$", "an ASCII character (no line break)")]

SourceKey = Literal["events", "catalogue"]

TimeUnit = Literal["auto", Unit]

_FIELDS = ("user", "item", "time", "value")
_TEXTS = {field: field for field in ("title", "brand", "categories", "description")}
_NO_TIME = (
    "A next-item model learns from the order of events, so a table needs a column of times; "
    'a running number will do, with time_unit = "order". '
)
_REMEDY = "Put the file there, or name another in {}."
_WRONG_UNIT = "Set {} to the unit of the times, or to auto."


class Source(BaseConfig):
    """Files of one form."""

    file: NonEmpty
    """The file in the data folder; it may be gzipped."""
    format: Literal["auto", "csv", "tsv", "jsonl", "parquet"] = "auto"
    """The file format; `auto` recognises it from the content."""
    header: bool = True
    """Whether the first line of CSV or TSV names the columns. Otherwise they are called `0`, `1` and so on."""
    delimiter: Sign | None = None
    """The character between the fields of CSV or TSV; by default a comma or a tab."""
    quote: Sign | Literal["none"] = '"'
    """The character around fields of CSV or TSV that contain delimiters or line breaks; inside such a field it is
    doubled. `none` if no field is quoted."""
    escape: Sign | None = None
    """The character of CSV or TSV after which the next one is taken literally; by default there is none."""

    @model_validator(mode="after")
    def _check_signs(self) -> "Source":
        signs = [sign for sign in (self.delimiter, self.quote, self.escape) if sign is not None]
        if len(set(signs)) < len(signs):
            raise ValueError(f"delimiter, quote and escape must differ, and are {', '.join(map(repr, signs))}")
        return self


class Events(Source):
    """The files of interactions and their columns."""

    file: NonEmpty = "interactions.csv"
    """The file in the data folder; it may be gzipped. A pattern such as `orders-*.parquet` reads several files, in the
    order of their names."""
    user: NonEmpty = "user_id"
    """The column of user ids."""
    item: NonEmpty = "item_id"
    """The column of item ids."""
    time: NonEmpty = "timestamp"
    """The column of times."""
    value: NonEmpty | None = None
    """The column of a rating, a price or a count, which is stored with the interaction; none if left out."""
    time_unit: TimeUnit = "auto"
    """The unit of times. `s`, `ms`, `us`, `ns`: seconds to nanoseconds since 1970 (UTC). `yyyymmdd`: dates such as
    20190131. `year`: years. `iso`: texts with the year in front or the month in letters (2019-10-01T18:30:07Z,
    2019/10/01 6:30 PM, 1 Oct 2019). `dmy`: texts with the day in front (31/10/2019). `mdy`: texts with the month in
    front. `order`: positions such as running numbers, which give the order of events and no times. Texts without an
    offset are taken for UTC. `auto` decides from the first rows: numbers from 1990 to 2099 are years, numbers that read
    as dates are dates, small ones are an order, others below 1e11 are seconds, below 1e14 milliseconds, below 1e17
    microseconds. Rows with a time before 1971, or in another unit than most, are set aside."""


class Catalogue(Source):
    """The file of items and its columns."""

    file: NonEmpty = "items.csv"
    """The file in the data folder; it may be gzipped."""
    item: NonEmpty = "item_id"
    """The column of item ids, the same ids as in the interactions."""
    title: NonEmpty | None = None
    """The column of titles; none if left out."""
    brand: NonEmpty | None = None
    """The column of brands; none if left out."""
    categories: NonEmpty | None = None
    """The column of categories; none if left out."""
    description: NonEmpty | None = None
    """The column of descriptions; none if left out."""
    category_separator: NonEmpty = "|"
    """The separator of categories that are one text; JSON and Parquet may hold lists instead."""


class Config(DatasetConfig):
    """Your own data: CSV, TSV, JSON lines or Parquet with columns of your choice."""

    name: Literal["table"] = "table"
    slug: Slug | None = None
    """The short name of the data for paths and pages; by default made from the name of the interactions file."""
    events: Events = Events()
    catalogue: Catalogue | None = None
    """The file of items and its columns; if left out, items have no texts."""

    @property
    def label(self) -> str:
        """The `slug`, or else one made of the file name."""
        stem = Path(self.events.file).name.split(".")[0].lower()
        return self.slug or re.sub(r"[^a-z0-9_]+", "-", stem).strip("-_") or self.name

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The interactions."""
        return locate_all(data, self.events.file, _REMEDY.format(self.key("events", "file")))

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The items; nothing without a catalogue."""
        if self.catalogue is None:
            return ()
        return (locate(data, (self.catalogue.file,), _REMEDY.format(self.key("catalogue", "file"))),)

    def key(self, source: SourceKey, field: str) -> str:
        """The key of a field of one of the sources, as the user knows it."""
        return f"dataset.{source}.{field}"

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per row."""
        reading.may_be_empty = True
        rows = self._texts(reading, "events", _FIELDS, ("user", "item"), "value")
        wrong_unit = _WRONG_UNIT.format(self.key("events", "time_unit"))
        rows = with_time(rows, reading, "time", self.events.time_unit, wrong_unit, called=self.events.time)
        rows = (frame.with_columns(pl.col("value").str.strip_chars()) for frame in rows)
        return to_interactions(rows, reading, user="user", item="item", value="value")

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per row."""
        assert self.catalogue is not None, "without a catalogue there are no items"
        texts = ("title", "brand", "description")
        rows = self._texts(reading, "catalogue", ("item", *_TEXTS), ("item",), *texts)
        return to_items(rows, reading, "item", _TEXTS, separator=self.catalogue.category_separator)

    def open(self, source: Source, reading: Reading) -> TableFile:
        """Looks at the beginning of a file; a `DataError` if it is damaged, or its first line names no columns."""
        quote = None if source.quote == "none" else source.quote
        return open_table(reading, source.format, Dialect(source.delimiter, quote, source.escape, source.header))

    def _texts(
        self, reading: Reading, source: SourceKey, fields: Sequence[str], ids: Sequence[str], *others: str
    ) -> Iterator[pl.DataFrame]:
        """The columns of a file by their fields, with `ids` and `others` as text; errors are those of `_rows`."""

        def again() -> Iterator[pl.DataFrame]:
            return as_text(self._rows(Reading(reading.path, max_rejected=1.0), source, fields), *ids)

        rows = as_text(self._rows(reading, source, fields), *ids, *others)
        return without_fractions(rows, again, reading, *ids)

    def _rows(self, reading: Reading, source: SourceKey, fields: Iterable[str]) -> Iterator[pl.DataFrame]:
        """The columns of a file by their fields; a `DataError` if it lacks one that the configuration names."""
        chosen = getattr(self, source)
        table = self.open(chosen, reading)
        columns: dict[str, str | None] = {field: getattr(chosen, field) for field in fields}
        for field, column in columns.items():
            if column is not None:
                remedy = _NO_TIME if field == "time" else ""
                table.check(column, self.key(source, field), remedy, lists=field == "categories")
        return table.rows(columns)
