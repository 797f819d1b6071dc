"""Tables in the usual formats, one interface: which columns a file has, and its rows, whatever the format."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec.datasets.canonical.fields import Kind
from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.blocks import first_bytes, first_whole_lines
from seqrec.datasets.parsing.csv import read_csv
from seqrec.datasets.parsing.dialect import AUTO, OPEN, RFC_4180, Dialect
from seqrec.datasets.parsing.json_tables import json_table
from seqrec.datasets.parsing.json_values import is_array
from seqrec.datasets.parsing.layout import is_value, layout_of
from seqrec.datasets.parsing.sniff import parse_line
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from seqrec.listing import listing

Format = Literal["csv", "tsv", "jsonl", "json", "parquet"]
"""Delimited text; JSON objects or Python literals, one per line; JSON in any lines; Parquet."""

SEQUENCES: Final = (":token_seq", ":float_seq")
"""How RecBole ends the name of a column with several values per row, which other tables have as text."""
ONE_PER_ROW: Final = "Write the file with a row for each item, its user and its time"
"""What to do about a column of sequences."""

_PARQUET_MAGIC = b"PAR1"
_SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
_OTHERS = {
    (0, b"SQLite format 3"): "an SQLite database",
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"): "a spreadsheet",
    (257, b"ustar"): "a tar archive, whose files are named with their path in it",
}
"""What marks files that people have instead of tables, and where."""
_HEAD_BYTES = 512
_SNIFFED_LINES = 20
_NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_BATCH_ROWS = 100_000
_WITHOUT_TEXT = {pl.Duration: "durations", pl.Time: "times of day", pl.Binary: "raw bytes"}
"""Types whose values can't be written as text."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table on disk."""

    reading: Reading
    form: Format
    columns: Mapping[str, Kind]
    """All columns; text formats have text in all of them, except for lists in JSON."""
    read: Callable[[list[str]], Iterator[pl.DataFrame]]
    """Frames of some of the columns and `LINE`."""
    dialect: Dialect | None = None
    """How delimited text is divided into fields; None for other formats."""

    def named(self, column: str | int, key: str) -> str:
        """The name of a column that may be given by its number, counted from 0.

        A `DataError` if there are fewer columns, or if the name is a value, so that the first line must be a row.
        """
        if isinstance(column, str):
            return column
        if column < len(self.columns):
            name = list(self.columns)[column]
            if self.dialect is not None and self.dialect.header and is_value(name) and name != str(column):
                got, expected = (
                    f"the names {listing(self.columns)} in the first line",
                    f"a name for the column {column}",
                )
                remedy = "Set header = false if the first line is a row, or name the column as it is."
                raise DataError(str(self.reading.path), got=got, expected=expected, remedy=remedy)
            return name
        got, expected = f"{len(self.columns)} columns: {listing(self.columns)}", f"a column with the number {column}"
        remedy = f"Columns are counted from 0. Name the column in {key}, by its number or its name."
        raise DataError(str(self.reading.path), got=got, expected=expected, remedy=remedy)

    def check(
        self,
        column: str,
        key: str,
        remedy: str = "",
        *,
        lists: bool = False,
        sequences: bool = False,
        clocks: bool = False,
    ) -> None:
        """Refuse the file if it has no such column of texts, numbers or dates.

        `lists` and times of day (`clocks`) are refused except where they are welcome.

        The configuration names the column under `key`; `remedy` begins what is said about its absence. RecBole's
        `sequences` of words are texts, but its sequences of items are no items.

        Raises:
            DataError: The column is absent or of a wrong type, or has the one name that is taken.
        """
        if column == LINE:
            got, expected = f"a column '{column}' for {key}", "another name: this one stands for the number of the line"
            remedy = "Write the table with another name for the column."
        elif column not in self.columns:
            got, expected = f"the columns {listing(self.columns)}", f"a column '{column}'"
            close = get_close_matches(column, self.columns, n=1, cutoff=0.5)
            remedy = (f"Did you mean '{close[0]}'? " if close else "") + f"{remedy}Name the column in {key}."
        elif unfit := _unfit(self.columns[column], lists=lists, clocks=clocks):
            got, expected = f"a column '{column}' of {unfit}", "one text, number or date per row"
            remedy = f"Name another column in {key}, or write this one as text."
        elif column.endswith(SEQUENCES) and not sequences:
            got, expected = f"a column '{column}', each row of which holds several values", "one value per row"
            remedy = f"{ONE_PER_ROW}, or name another column in {key}."
        else:
            return
        raise DataError(str(self.reading.path), got=got, expected=expected, remedy=remedy)

    def rows(self, columns: Mapping[str, str | None]) -> Iterator[pl.DataFrame]:
        """Frames with chosen `columns` under new names, nulls for None, and the number of the line, or row, in `LINE`.

        A `DataError` if the file is damaged or holds too many bad lines.
        """
        nulls = pl.lit(None, pl.String)
        for frame in self.read(list(dict.fromkeys(source for source in columns.values() if source is not None))):
            # Not by `pl.col`, which takes names such as `*` for patterns.
            chosen = ((nulls if source is None else frame[source]).alias(name) for name, source in columns.items())
            yield frame.select(LINE, *chosen)


def open_table(reading: Reading, form: Format | Literal["auto"] = "auto", dialect: Dialect = OPEN) -> TableFile:
    """Look at the beginning of a file: its format and dialect, if they are to be recognised, and its columns.

    Folders called `name=value` on the path of the file add columns, as they do for Hive and Spark.

    Raises:
        DataError: The file is damaged, or its first line names no columns.
    """
    table = _open(reading, form_of(reading) if form == "auto" else form, dialect)
    folders = (part.partition("=") for part in reading.path.parent.parts if "=" in part)
    values = {name: unquote(value) for name, _, value in folders if name not in table.columns}
    if not values:
        return table
    columns = {**table.columns, **dict.fromkeys(values, pl.String())}
    return replace(table, columns=columns, read=partial(_read_part, table.read, values))


def _open(reading: Reading, form: Format, dialect: Dialect) -> TableFile:
    if form == "parquet":
        reading.record = "row"
        return TableFile(reading, form, _parquet_columns(reading.path), partial(_parquet_rows, reading))
    if form in ("jsonl", "json"):
        reading.record = "line" if form == "jsonl" else "record"
        return TableFile(reading, form, *json_table(reading, by_line=form == "jsonl"))
    if form == "tsv" and dialect.delimiter == AUTO:
        dialect = replace(dialect, delimiter="\t")
    layout = layout_of(reading, dialect)
    columns = dict.fromkeys(layout.names, pl.String())
    return TableFile(reading, form, columns, partial(read_csv, reading, layout), layout.dialect)


def _read_part(
    read: Callable[[list[str]], Iterator[pl.DataFrame]], values: Mapping[str, str], names: list[str]
) -> Iterator[pl.DataFrame]:
    """Frames of a file, with columns whose values are in the names of its folders."""
    constant = {name: None if values[name] == _NO_PARTITION else values[name] for name in names if name in values}
    for frame in read([name for name in names if name not in values]):
        yield frame.with_columns(pl.lit(value, pl.String).alias(name) for name, value in constant.items())


def read_csv_columns(reading: Reading, *columns: str, optional: Sequence[str] = ()) -> Iterator[pl.DataFrame]:
    """The columns of a CSV file of known form, as `TableFile.rows` gives them; nulls for `optional` ones that it lacks.

    A `DataError` if the file is damaged or lacks one of the `columns`.
    """
    table = open_table(reading, "csv", RFC_4180)
    missing = next((column for column in columns if column not in table.columns), None)
    if missing is not None:
        got, expected = f"the columns {listing(table.columns)}", f"a column '{missing}'"
        remedy = "Check that it is the right file; a table of another form can be read with the dataset 'table'."
        raise DataError(str(reading.path), got=got, expected=expected, remedy=remedy)
    found = {name: name if name in table.columns else None for name in (*columns, *optional)}
    return table.rows(found)


def _unfit(kind: Kind, *, lists: bool, clocks: bool) -> str | None:
    """What the values of a column are, if they are not of a kind that is read; None if they are."""
    if clocks and kind == pl.Time:
        return None
    nested = "lists or objects" if kind.is_nested() and not lists else None
    return _WITHOUT_TEXT.get(kind.base_type(), nested)


def form_of(reading: Reading) -> Format:
    """The format of a table by its content: one line may be broken, but not most.

    Raises:
        DataError: The file is a spreadsheet or a database.
    """
    if _is_parquet(reading.path):
        return "parquet"
    other = _other_form(reading.path)
    if other is not None:
        remedy = "Write the table in one of these formats first."
        raise DataError(str(reading.path), got=other, expected="delimited text, JSON or Parquet", remedy=remedy)
    if is_array(first_bytes(reading.path, 1 << 12, reading.encoding)):
        return "json"
    filled = [line.strip() for line in first_whole_lines(reading.path, encoding=reading.encoding) if line.strip()]
    lines = filled[:_SNIFFED_LINES]
    objects = [line for line in lines if line.startswith(b"{")]
    if 2 * len(objects) <= len(lines) and not (lines and lines[0].startswith(b"{")):
        return "csv"
    # With a comma behind it, an object is also a Python literal, but of a tuple.
    n_whole = sum((parsed := parse_line(line)) is not None and isinstance(parsed[1], dict) for line in objects)
    return "jsonl" if 2 * n_whole >= len(objects) else "json"


def _other_form(path: Path) -> str | None:
    """What a file is, if it is something that people have instead of tables."""
    if path.suffix.lower() in _SPREADSHEETS:
        return "a spreadsheet"
    head = first_bytes(path, _HEAD_BYTES)
    return next((name for (at, magic), name in _OTHERS.items() if head.startswith(magic, at)), None)


def _is_parquet(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if file.read(len(_PARQUET_MAGIC)) != _PARQUET_MAGIC:
            return False
        file.seek(-len(_PARQUET_MAGIC), 2)
        return path.suffix == ".parquet" or file.read() == _PARQUET_MAGIC


def _parquet_columns(path: Path) -> dict[str, Kind]:
    try:
        return dict(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(path, error) from error


def _parquet_rows(reading: Reading, columns: list[str]) -> Iterator[pl.DataFrame]:
    try:
        with pq.ParquetFile(reading.path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
                # A flipped bit may leave texts that are no UTF-8, which polars takes on trust.
                batch.validate(full=True)
                lines = pl.int_range(1, batch.num_rows + 1, dtype=pl.Int64).alias(LINE) + reading.n_records
                reading.n_records += batch.num_rows
                yield pl.DataFrame(batch).with_columns(lines)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(reading.path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    got = f"a damaged Parquet file ({str(error).splitlines()[0]})"
    return DataError(str(path), got=got, expected="a complete Parquet file", remedy="Fetch or write the file again.")
