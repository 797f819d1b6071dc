"""Any table of interactions, with or without one of items: delimited text, JSON or Parquet."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import polars as pl
import pyarrow as pa
from pydantic import AfterValidator, Field, NonNegativeInt, StringConstraints, model_validator

from seqrec.config import Config as BaseConfig
from seqrec.config import Listed, Slug
from seqrec.config.pattern import Pattern
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.frames import as_text, with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.canonical.time_zones import UTC, TimeZone
from seqrec.datasets.canonical.times import Unit
from seqrec.datasets.canonical.times_of_day import with_times_of_day
from seqrec.datasets.canonical.whole_numbers import without_fractions
from seqrec.datasets.find_files import is_pattern, locate, locate_all
from seqrec.datasets.parsing.blocks import first_bytes
from seqrec.datasets.parsing.dialect import AUTO, Dialect
from seqrec.datasets.parsing.table_files import TableFile, open_table
from seqrec.datasets.parsing.text import ENCODINGS, NOT_UTF_8, UTF_8, is_encoding
from seqrec.datasets.reading import Reading


def _check_encoding(name: str) -> str:
    if not is_encoding(name):
        raise ValueError(f"{name!r} is no known encoding, such as {ENCODINGS}")
    return name


NonEmpty = Annotated[str, StringConstraints(min_length=1)]
Column = NonEmpty | NonNegativeInt
"""A column by its name, or by its number, counted from 0."""
Pair = Annotated[Listed[Column], Field(min_length=2, max_length=2)]
"""Two columns."""
Sign = Annotated[str, Pattern(r"^[\x01-\x7f&&[^\r\n]]$", "an ASCII character (no line break)")]
Delimiter = Annotated[str, Pattern(r"^[^\r\n\x00]{1,8}$", "a text of up to 8 characters (no line break)")]
Encoding = Annotated[str, AfterValidator(_check_encoding)]

SourceKey = Literal["events", "catalogue"]

TimeUnit = Literal["auto", Unit]

_UNITS_OF_DATES: Final[tuple[TimeUnit, ...]] = ("auto", "yyyymmdd", "iso", "dmy", "mdy")
"""Units that dates have in a column of their own."""

LINE_ORDER: Final = "line_order"
"""In place of a column of times: the lines are in the order of the events."""
TIME_OF_DAY: Final = "time_of_day"
"""The second column of times, where the first one holds dates."""
_FIELDS = ("user", "item", "time", "value")
_TEXTS = {field: field for field in ("title", "brand", "categories", "description")}
_NO_TIME = (
    "A next-item model learns from the order of events, so a table needs a column of times; "
    'a running number will do, with time_unit = "order". If the lines are in the order of the events, set time = '
    '"line_order". '
)
_REMEDY = "Point --data at the folder that holds the file, or name another file in {}."
_WRONG_UNIT = "Set {} to what the times are, such as dmy for 31.01.2019, mdy for 01/31/2019, ms, or excel for 43496.75."
_REMEDIES = {
    NOT_UTF_8: ("encoding", "Set {} to the encoding of the file, such as cp1252 for Western Windows, or utf-16-le."),
    "broken quotes": ("quote", 'Set {} to "none" if quotes are ordinary characters.'),
    "wrong number of fields": ("delimiter", "Set {} to the text between the fields."),
}
"""What to do if most bad lines are bad for this reason: the key to set, and a sentence."""


class Source(BaseConfig):
    """Files of one form."""

    file: NonEmpty
    """The file in the data folder. It may be compressed (gzip, bzip2, xz, Zstandard) or be in a zip or tar archive:
    `ml-1m.zip/ml-1m/ratings.dat`, or `ml-1m.zip` if the archive has no other file."""
    format: Literal["auto", "csv", "tsv", "jsonl", "json", "parquet"] = "auto"
    """The file format. `csv`: any delimited text. `tsv`: text delimited by tabs. `jsonl`: one JSON object or Python
    literal per line. `json`: an array of objects, or objects that extend over several lines. `parquet`. `auto`
    recognises it from the content."""
    encoding: Encoding = UTF_8
    """The encoding of text. A byte order mark at the beginning of the file takes precedence."""
    header: bool = True
    """Whether the first line of delimited text names the columns. Otherwise they are called `0`, `1` and so on."""
    delimiter: Delimiter = AUTO
    """The text between the fields of delimited text, such as `;` or `::`; `blanks` for any number of blanks and tabs.
    `auto` recognises it from the first lines, which may declare it by `sep=;`."""
    quote: Sign | Literal["auto", "none"] = "auto"
    """The character around fields of delimited text that contain delimiters or line breaks; inside such a field it is
    doubled. `none` if no field is quoted. `auto` takes `"`, unless the first lines show that it is an ordinary
    character."""
    escape: Sign | None = None
    """The character of delimited text after which the next one is taken literally; by default there is none."""
    comment: Sign | None = None
    """The character with which comment lines begin. By default, only lines before the header that begin with `#` are
    comments."""

    @model_validator(mode="after")
    def _check_signs(self) -> "Source":
        signs = [sign for sign in (self.delimiter, self.quote, self.escape) if sign not in (None, AUTO)]
        if len(set(signs)) < len(signs):
            raise ValueError(f"delimiter, quote and escape must differ, and are {', '.join(map(repr, signs))}")
        is_long = self.delimiter != AUTO and len(self.delimiter) > 1
        if is_long and len(self.quote) == 1:
            raise ValueError("quote must be auto or none where the delimiter has several characters or is blanks")
        return self

    def column(self, field: str) -> Column | None:
        """The column of a field; None if there is none."""
        column: Column | None = getattr(self, field)
        return column

    @property
    def dialect(self) -> Dialect:
        """How delimited text is divided into fields."""
        quote = None if self.quote == "none" else self.quote
        return Dialect(self.delimiter, quote, self.escape, self.header, self.comment)


class Events(Source):
    """The files of interactions and their columns."""

    file: NonEmpty = "interactions.csv"
    """The file in the data folder. It may be compressed (gzip, bzip2, xz, Zstandard) or be in a zip or tar archive:
    `ml-1m.zip/ml-1m/ratings.dat`, or `ml-1m.zip` if the archive has no other file. A pattern such as `orders-*.parquet`
    or `month=*/*.csv` reads several files, in the order of their paths; folders called `name=value` add a column."""
    user: Column = "user_id"
    """The column of user ids, by its name or its number, counted from 0. In JSON, `session.id` is a field of an object,
    and `events.item` a field of the objects in a list, each of which becomes an interaction."""
    item: Column = "item_id"
    """The column of item ids."""
    time: Column | Pair = "timestamp"
    """The column of times; or two columns, of dates and of times of day, such as `["date", "time"]`; or `line_order` if
    there is none and the lines are in the order of the events. A row without a time of day is at midnight. Times of day
    are texts such as 18:30 or 6:30 PM, or all hhmmss, hhmm or hh."""
    value: Column | None = None
    """The column of a rating, a price or a count, which is stored with the interaction; none if left out."""
    time_unit: TimeUnit = "auto"
    """The unit of times. `s`, `ms`, `us`, `ns`: seconds to nanoseconds since 1970 (UTC). `webkit`: microseconds since
    1601, as Chrome has them. `filetime`, `ticks`: steps of 100 ns since 1601, as Windows has them, or since the year 1,
    as .NET has them. `excel`: days since 1899-12-30 with fractions, as Excel has them (43496.75), unless a workbook
    counts from 1904. `yyyymmdd`: dates such as 20190131. `year`: years. `iso`: texts with the year in front or the
    month in letters (2019-10-01T18:30:07Z, 2019/10/01 6:30 PM, 1 Oct 2019, 3. März 2019); months may be English,
    German, French, Spanish, Italian or Dutch. `dmy`: texts with the day in front (31/10/2019). `mdy`: texts with the
    month in front. `order`: positions such as running numbers, which give the order of events and no times. `auto`
    decides from the first rows: numbers from 1990 to 2099 are years, numbers that read as dates are dates, small ones
    are an order, or Excel's days if most have fractions and all are from 1990 to 2099, others below 1e11 are seconds,
    below 1e14 milliseconds, below 1e17 microseconds, others nanoseconds or steps of 100 ns. Rows with a time before
    1971, on 2038-01-19 (the last of 32 bits), or in another unit than most are set aside."""
    time_zone: TimeZone = UTC
    """The time zone of dates and times that don't say how far they are from UTC, by its name in the IANA database, such
    as `Europe/Berlin`. Numbers of seconds and finer units are counted in UTC whatever it is. A time that clocks show
    twice, since they were set back, is the earlier one; one that they never show, since they were set forward, is read
    as if they had not been yet, so that 02:30 is 03:30."""

    def column(self, field: str) -> Column | None:
        """The column of a field, the second of a pair for `TIME_OF_DAY`; None if there is none."""
        if field not in ("time", TIME_OF_DAY):
            return super().column(field)
        columns = self.time if isinstance(self.time, tuple) else (self.time,)
        return dict(zip(("time", TIME_OF_DAY), columns, strict=False)).get(field)

    @model_validator(mode="after")
    def _check_order(self) -> "Events":
        if self.time == LINE_ORDER and self.time_unit not in ("auto", "order"):
            raise ValueError(f"time = {LINE_ORDER!r} gives positions, so time_unit must be 'order' or 'auto'")
        if isinstance(self.time, tuple) and self.time_unit not in _UNITS_OF_DATES:
            names = ", ".join(map(repr, _UNITS_OF_DATES))
            raise ValueError(
                f"time names a column of dates and one of times of day, so time_unit must be one of {names}"
            )
        return self


class Catalogue(Source):
    """The file of items and its columns."""

    file: NonEmpty = "items.csv"
    """The file in the data folder; it may be compressed, or be part of an archive."""
    item: Column = "item_id"
    """The column of item ids, the same ids as in the interactions."""
    title: Column | None = None
    """The column of titles; none if left out."""
    brand: Column | None = None
    """The column of brands; none if left out."""
    categories: Column | None = None
    """The column of categories; none if left out."""
    description: Column | None = None
    """The column of descriptions; none if left out."""
    category_separator: NonEmpty = "|"
    """The separator of categories that are one text; JSON and Parquet may hold lists instead."""


class Config(DatasetConfig):
    """Your own data: delimited text, JSON or Parquet with columns of your choice."""

    name: Literal["table"] = "table"
    slug: Slug | None = None
    """The short name of the data for paths and pages; by default made from the name of the interactions file."""
    events: Events = Events()
    catalogue: Catalogue | None = None
    """The file of items and its columns; if left out, items have no texts."""

    @property
    def label(self) -> str:
        """The `slug`, or else one made of the name of the file or, if that tells nothing, of its folder."""
        return self.slug or next(filter(None, map(_called, reversed(Path(self.events.file).parts))), self.name)

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The interactions."""
        return locate_all(data, self.events.file, _REMEDY.format(self.key("events", "file")))

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The items; nothing without a catalogue."""
        if self.catalogue is None:
            return ()
        return (locate(data, (self.catalogue.file,), _REMEDY.format(self.key("catalogue", "file"))),)

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per row; none if several files are read and this one contains no text at all."""
        reading.may_be_empty = True
        reading.is_empty = is_pattern(self.events.file) and not first_bytes(reading.path, 1 << 10).strip()
        if reading.is_empty:
            return iter(())
        fields = (*_FIELDS, TIME_OF_DAY) if isinstance(self.events.time, tuple) else _FIELDS
        rows = self._timed(self._texts(reading, "events", fields, ("user", "item"), "value"), reading)
        return to_interactions(rows, reading, user="user", item="item", value="value")

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per row."""
        assert self.catalogue is not None, "without a catalogue there are no items"
        texts = ("title", "brand", "description")
        rows = self._texts(reading, "catalogue", ("item", *_TEXTS), ("item",), *texts)
        return to_items(rows, reading, "item", _TEXTS, separator=self.catalogue.category_separator)

    def open(self, source: Source, reading: Reading) -> TableFile:
        """Looks at the beginning of a file; a `DataError` if it is damaged, or its first line names no columns."""
        reading.encoding = source.encoding
        return open_table(reading, source.format, source.dialect)

    def _texts(
        self, reading: Reading, source: SourceKey, fields: Sequence[str], ids: Sequence[str], *others: str
    ) -> Iterator[pl.DataFrame]:
        """The columns of a file by their fields, with `ids` and `others` as text; errors are those of `_rows`."""

        def again() -> Iterator[pl.DataFrame]:
            return as_text(self._rows(Reading(reading.path, max_rejected=1.0), source, fields), *ids)

        rows = as_text(self._rows(reading, source, fields), *ids, *others)
        return without_fractions(rows, again, reading, *ids)

    def _timed(self, rows: Iterator[pl.DataFrame], reading: Reading) -> Iterator[pl.DataFrame]:
        """The rows with their times; errors are those of `with_time`."""
        events = self.events
        called, unit = str(events.time), events.time_unit
        if events.time == LINE_ORDER:
            rows, unit = _numbered(rows, reading), "order"
        elif isinstance(events.time, tuple):
            rows, called = with_times_of_day(rows, reading, "time", TIME_OF_DAY), " ".join(map(str, events.time))
            # Dates in numbers are texts now, with a clock behind them.
            unit = "iso" if unit == "yyyymmdd" else unit
        remedy = _WRONG_UNIT.format(self.key("events", "time_unit"))
        return with_time(rows, reading, "time", unit, remedy, called=called, zone=events.time_zone)

    def _rows(self, reading: Reading, source: SourceKey, fields: Iterable[str]) -> Iterator[pl.DataFrame]:
        """The columns of a file by their fields; a `DataError` if it lacks one that the configuration names."""
        chosen: Source = getattr(self, source)
        reading.remedies = {why: what.format(self.key(source, key)) for why, (key, what) in _REMEDIES.items()}
        table = self.open(chosen, reading)
        columns: dict[str, str | None] = {}
        for field in fields:
            column, key = chosen.column(field), self.key(source, "time" if field == TIME_OF_DAY else field)
            columns[field] = None
            if column is not None and (field, column) != ("time", LINE_ORDER):
                columns[field] = name = table.named(column, key)
                table.check(
                    name,
                    key,
                    _NO_TIME if field == "time" else "",
                    lists=field == "categories",
                    sequences=field in _TEXTS,
                    clocks=field == TIME_OF_DAY,
                )
        return table.rows(columns)


def _called(part: str) -> str:
    """What a part of a path is called without ending and signs of patterns; empty if only patterns give it a name."""
    plain = re.sub(r"\[[^]]*\]|[*?]", " ", part.partition(".")[0].lower())
    slug = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")
    # Spark calls the parts of any table `part-00000`, and folders by a column and its value.
    return "" if "=" in part or (is_pattern(part) and slug == "part") else slug


def _numbered(frames: Iterator[pl.DataFrame], reading: Reading) -> Iterator[pl.DataFrame]:
    """The frames with running numbers in `time`, which continue from file to file."""
    n_rows = reading.n_before
    for frame in frames:
        numbers = pl.int_range(n_rows + 1, n_rows + frame.height + 1, dtype=pl.Int64, eager=True)
        n_rows += frame.height
        yield frame.with_columns(numbers.alias("time"))
