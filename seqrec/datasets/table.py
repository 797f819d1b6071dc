"""Any table of interactions, with or without one of items: delimited text, JSON or Parquet."""

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import polars as pl
import pyarrow as pa
from pydantic import AfterValidator, NonNegativeInt, StringConstraints, model_validator

from seqrec.config import Config as BaseConfig
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.frames import as_text, with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.find_files import is_pattern, locate, locate_all
from seqrec.datasets.parsing.blocks import first_bytes
from seqrec.datasets.parsing.dialect import AUTO, Dialect
from seqrec.datasets.parsing.table_files import TableFile, open_table
from seqrec.datasets.parsing.text import UTF_8
from seqrec.datasets.reading import Reading


def _check_encoding(name: str) -> str:
    try:
        # Not all codecs are encodings of text.
        "".encode(name)
        codecs.getincrementaldecoder(name)
    except LookupError:
        raise ValueError(f"{name!r} is no known encoding, such as utf-8, utf-16, cp1252 or gb18030") from None
    return name


NonEmpty = Annotated[str, StringConstraints(min_length=1)]
Column = NonEmpty | NonNegativeInt
"""A column by its name, or by its number, counted from 0."""
Sign = Annotated[str, StringConstraints(pattern=r"^[\x01-\x7f&&[^\r\n]]$")]
"""One character of ASCII that ends no line."""
Delimiter = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]{1,8}$")]
Encoding = Annotated[str, AfterValidator(_check_encoding)]

SourceKey = Literal["events", "catalogue"]

LINE_ORDER: Final = "line_order"
"""Stands for a time that is nothing but the order of the lines."""
_FIELDS = ("user", "item", "time", "value")
_TEXTS = {field: field for field in ("title", "brand", "categories", "description")}
_NO_TIME = (
    "A next-item model learns from the order of events, so a table needs a column of times; "
    'a running number will do, with time_unit = "s". If the lines stand in the order of the events, set time = '
    '"line_order". '
)
_REMEDY = "Put the file there, or name another in {}."
_WRONG_UNIT = "Set {} to what the file holds, or to auto."
_REMEDIES = {
    "not UTF-8": ("encoding", "Set {} to that of the file, such as cp1252 for Western Windows."),
    "broken quotes": ("quote", 'Set {} to "none" if quotes are characters like others.'),
    "wrong number of fields": ("delimiter", "Set {} to what stands between fields."),
}
"""What to do about most of the bad lines, by reason: the key to set, and a sentence."""


class Source(BaseConfig):
    """Files of one form."""

    file: NonEmpty
    """File in the data folder. It may be packed (gzip, bzip2, xz, Zstandard), or lie in an archive: `ml-1m.zip` for the
    only file in it, or `ml-1m.zip/ml-1m/ratings.dat`."""
    format: Literal["auto", "csv", "tsv", "jsonl", "json", "parquet"] = "auto"
    """`csv` for any delimited text, `tsv` where the delimiter is a tab, `jsonl` for a record of JSON or a Python
    literal per line, `json` for an array or records over several lines, or `parquet`. With `auto`, the content of the
    file tells."""
    encoding: Encoding = UTF_8
    """Encoding of text. A byte order mark at the beginning of the file outweighs it."""
    header: bool = True
    """Whether the first line of delimited text names the columns. If not, they are called `0`, `1` and so on."""
    delimiter: Delimiter = AUTO
    """What stands between the fields of delimited text: any text, such as `;` or `::`, or `blanks` for any number of
    blanks and tabs. With `auto`, the first lines tell; they may begin with a line such as `sep=;`."""
    quote: Sign | Literal["auto", "none"] = "auto"
    """What stands around fields of delimited text that hold delimiters or line breaks, and twice for itself; `none`
    where nothing is quoted. With `auto`, it is `"`, unless the first lines show that such marks quote nothing."""
    escape: Sign | None = None
    """What takes the meaning from the next character of delimited text; left open, nothing does."""
    comment: Sign | None = None
    """What lines of delimited text begin with that are no records. Left open, lines before the header that begin with
    `#` are none."""

    @model_validator(mode="after")
    def _check_signs(self) -> "Source":
        signs = [sign for sign in (self.delimiter, self.quote, self.escape) if sign not in (None, AUTO)]
        if len(set(signs)) < len(signs):
            raise ValueError(f"delimiter, quote and escape must differ, and are {', '.join(map(repr, signs))}")
        is_long = self.delimiter != AUTO and len(self.delimiter) > 1
        if is_long and len(self.quote) == 1:
            raise ValueError("quote must be auto or none where the delimiter has several characters or is blanks")
        return self

    @property
    def dialect(self) -> Dialect:
        """How delimited text is told apart."""
        quote = None if self.quote == "none" else self.quote
        return Dialect(self.delimiter, quote, self.escape, self.header, self.comment)


class Events(Source):
    """The files of interactions and their columns."""

    file: NonEmpty = "interactions.csv"
    """File in the data folder. It may be packed (gzip, bzip2, xz, Zstandard), or lie in an archive: `ml-1m.zip` for the
    only file in it, or `ml-1m.zip/ml-1m/ratings.dat`. A pattern such as `orders-*.parquet` or `month=*/*.csv` takes
    several, one after another in the order of their paths; folders called `name=value` give them a column."""
    user: Column = "user_id"
    """Column of users, by its name or its number, counted from 0. In JSON, `session.id` is a field of an object, and
    `events.item` one of the objects in a list, each of which becomes an interaction."""
    item: Column = "item_id"
    """Column of items."""
    time: Column = "timestamp"
    """Column of times; or `line_order` for a file without times whose lines stand in the order of the events."""
    value: Column | None = None
    """A rating, a price, a count: kept beside the interaction."""
    time_unit: Literal["auto", "s", "ms", "us", "yyyymmdd", "iso"] = "auto"
    """Seconds, milliseconds or microseconds since 1970 (UTC), dates such as 20190131, or ISO 8601 text. Left open,
    the first rows tell: text is ISO, numbers that read as dates from 1990 on are dates, others below 1e11 are
    seconds, below 1e14 milliseconds, above it microseconds."""


class Catalogue(Source):
    """The file of items and its columns."""

    file: NonEmpty = "items.csv"
    """File in the data folder; it may be packed, or lie in an archive."""
    item: Column = "item_id"
    """Column of items, with the ids of the interactions."""
    title: Column | None = None
    """Column of titles; none if left out."""
    brand: Column | None = None
    """Column of brands; none if left out."""
    categories: Column | None = None
    """Column of categories; none if left out."""
    description: Column | None = None
    """Column of descriptions; none if left out."""
    category_separator: NonEmpty = "|"
    """What stands between categories where they are one text; JSON and Parquet may hold lists instead."""


class Config(DatasetConfig):
    """Your own data: delimited text, JSON or Parquet with columns of your choice."""

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
        """One interaction per row; none in a part of a pattern that holds no text at all."""
        reading.may_be_empty = True
        reading.is_empty = is_pattern(self.events.file) and not first_bytes(reading.path, 1 << 10).strip()
        if reading.is_empty:
            return iter(())
        rows = as_text(self._rows(reading, "events", _FIELDS), "user", "item", "value")
        wrong_unit = _WRONG_UNIT.format(self.key("events", "time_unit"))
        if self.events.time == LINE_ORDER:
            rows = with_time(_numbered(rows, reading), reading, "time", "s", wrong_unit)
        else:
            rows = with_time(rows, reading, "time", self.events.time_unit, wrong_unit, called=str(self.events.time))
        rows = (frame.with_columns(pl.col("value").str.strip_chars()) for frame in rows)
        return to_interactions(rows, reading, user="user", item="item", value="value")

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per row."""
        assert self.catalogue is not None, "without a catalogue there are no items"
        rows = self._rows(reading, "catalogue", ("item", *_TEXTS))
        rows = as_text(rows, "item", "title", "brand", "description")
        return to_items(rows, reading, "item", _TEXTS, separator=self.catalogue.category_separator)

    def open(self, source: Source, reading: Reading) -> TableFile:
        """Looks at the beginning of a file; a `DataError` if it is damaged, or its first line names no columns."""
        reading.encoding = source.encoding
        return open_table(reading, source.format, source.dialect)

    def _rows(self, reading: Reading, source: SourceKey, fields: Iterable[str]) -> Iterator[pl.DataFrame]:
        """The columns of a file by their fields; a `DataError` if it lacks one that the configuration names."""
        chosen = getattr(self, source)
        reading.remedies = {why: what.format(self.key(source, key)) for why, (key, what) in _REMEDIES.items()}
        table = self.open(chosen, reading)
        columns: dict[str, str | None] = {}
        for field in fields:
            asked, key = getattr(chosen, field), self.key(source, field)
            columns[field] = None
            if asked is not None and (field, asked) != ("time", LINE_ORDER):
                columns[field] = name = table.named(asked, key)
                table.check(name, key, _NO_TIME if field == "time" else "", lists=field == "categories")
        return table.rows(columns)


def _numbered(frames: Iterator[pl.DataFrame], reading: Reading) -> Iterator[pl.DataFrame]:
    """The frames with running numbers in `time`, which go on from file to file."""
    n_rows = reading.n_before
    for frame in frames:
        numbers = pl.int_range(n_rows + 1, n_rows + frame.height + 1, dtype=pl.Int64, eager=True)
        n_rows += frame.height
        yield frame.with_columns(numbers.alias("time"))
