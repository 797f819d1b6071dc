"""Tables in the usual formats, one interface: which columns a file has, and its rows, whatever the format."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec.datasets.canonical.fields import Kind
from seqrec.datasets.errors import LINE
from seqrec.datasets.parsing.blocks import first_lines
from seqrec.datasets.parsing.csv import MAX_COLUMNS, RFC_4180, Dialect, csv_columns, read_csv, too_wide
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from seqrec.listing import listing

Format = Literal["csv", "tsv", "jsonl", "parquet"]

_PARQUET_MAGIC = b"PAR1"
_SNIFFED_LINES = 100
_BATCH_ROWS = 100_000
_WITHOUT_TEXT = {pl.Duration: "durations", pl.Time: "times of day", pl.Binary: "raw bytes"}
"""Types whose values can't be written as text."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table on disk."""

    reading: Reading
    form: Format
    columns: Mapping[str, Kind]
    """All columns; text formats have text in all of them, but for lists in JSON."""
    read: Callable[[list[str]], Iterator[pl.DataFrame]]
    """Frames of some of the columns and `LINE`."""

    def check(self, column: str, key: str, remedy: str = "", *, lists: bool = False) -> None:
        """Refuse the file if it has no such column of texts, numbers or dates, or of `lists` where they are welcome.

        The configuration names the column under `key`; `remedy` begins what is said about its absence.

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
        elif unfit := _unfit(self.columns[column], lists=lists):
            got, expected = f"a column '{column}' of {unfit}", "one text, number or date per row"
            remedy = f"Name another column in {key}, or write this one as text."
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


def open_table(reading: Reading, form: Format | Literal["auto"] = "auto", dialect: Dialect = RFC_4180) -> TableFile:
    """Look at the beginning of a file: its format, if that is left open, and its columns.

    A `DataError` if the file is damaged, or its first line names no columns.
    """
    known = _form(reading.path) if form == "auto" else form
    if known == "parquet":
        return TableFile(reading, known, _parquet_columns(reading.path), partial(_parquet_rows, reading))
    if known == "jsonl":
        kinds = _json_columns(reading.path)
        return TableFile(reading, known, kinds, lambda names: read_json_lines(reading, {n: kinds[n] for n in names}))
    if known == "tsv":
        dialect = replace(dialect, delimiter=dialect.delimiter or "\t")
    names = csv_columns(reading.path, dialect)
    return TableFile(reading, known, dict.fromkeys(names, pl.String()), partial(read_csv, reading, dialect, names))


def read_csv_columns(reading: Reading, *columns: str, optional: Sequence[str] = ()) -> Iterator[pl.DataFrame]:
    """The columns of a CSV file of known form, as `TableFile.rows` gives them; nulls for `optional` ones that it lacks.

    A `DataError` if the file is damaged or lacks one of the `columns`.
    """
    table = open_table(reading, "csv")
    missing = next((column for column in columns if column not in table.columns), None)
    if missing is not None:
        got, expected = f"the columns {listing(table.columns)}", f"a column '{missing}'"
        remedy = "Check that it is the right file; a table of another form can be read with the dataset 'table'."
        raise DataError(str(reading.path), got=got, expected=expected, remedy=remedy)
    found = {name: name if name in table.columns else None for name in (*columns, *optional)}
    return table.rows(found)


def _unfit(kind: Kind, *, lists: bool) -> str | None:
    """What the values of a column are, if they can't be written as text; None if they can."""
    nested = "lists or objects" if kind.is_nested() and not lists else None
    return _WITHOUT_TEXT.get(kind.base_type(), nested)


def _form(path: Path) -> Format:
    """The format by content; the suffix only distinguishes CSV from TSV."""
    with path.open("rb") as file:
        if file.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC:
            return "parquet"
    first = next(iter(first_lines(path, 1)), b"")
    if first.lstrip().startswith(b"{"):
        return "jsonl"
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return "tsv" if ".csv" not in suffixes and b"\t" in first else "csv"


def _json_columns(path: Path) -> dict[str, Kind]:
    kinds: dict[str, Counter[Kind]] = {}
    for line in first_lines(path, _SNIFFED_LINES):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            # The reader sets it aside, with its number.
            continue
        for name, value in record.items() if isinstance(record, dict) else ():
            # An absent or empty value shows only that the column is there.
            kinds.setdefault(name, Counter())[_kind(value)] += value not in (None, [])
        if len(kinds) > MAX_COLUMNS:
            raise too_wide(path, len(kinds))
    return {name: seen.most_common(1)[0][0] for name, seen in kinds.items()}


def _kind(value: object) -> Kind:
    return pl.List(_kind(value[0] if value else "")) if isinstance(value, list) else pl.String()


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
