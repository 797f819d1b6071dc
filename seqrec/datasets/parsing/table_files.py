"""Tables in the usual formats, one interface: which columns a file has, and its rows, whatever the format."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec.datasets.canonical.fields import Kind
from seqrec.datasets.errors import Rejects
from seqrec.datasets.listing import listing
from seqrec.datasets.parsing.blocks import first_lines
from seqrec.datasets.parsing.csv import MAX_COLUMNS, csv_columns, read_csv_lines, read_csv_records, too_wide
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.parsing.lines import LINE
from seqrec.errors import DataError

Format = Literal["csv", "tsv", "jsonl", "parquet"]

_SEPARATORS = {"csv": ",", "tsv": "\t"}
_PARQUET_MAGIC = b"PAR1"
_SNIFFED_LINES = 100
_BATCH_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table on disk."""

    path: Path
    form: Format
    columns: dict[str, Kind]
    """All columns; text formats have text in all of them, but for lists in JSON."""
    header: bool = True

    def check(self, column: str, key: str, remedy: str = "", *, lists: bool = False) -> None:
        """Refuse the file if it lacks `column`, or holds there what has no plain text, such as lists or durations.

        Args:
            column: Name of the column.
            key: The configuration key that asks for it.
            remedy: What to say about its absence.
            lists: Whether its values may be lists.

        Raises:
            DataError: The column is absent or of a wrong type, or has the one name that is taken.
        """
        if column == LINE:
            raise DataError(
                str(self.path),
                got=f"a column '{column}' for {key}",
                expected="another name: this one stands for the number of the line",
                remedy="Write the table with another name for the column.",
            )
        if column in self.columns:
            unfit = _unfit(self.columns[column], lists=lists)
            if unfit is not None:
                raise DataError(
                    str(self.path),
                    got=f"a column '{column}' of {unfit}",
                    expected="one text, number or date per row",
                    remedy=f"Name another column in {key}, or write this one as text.",
                )
            return
        close = get_close_matches(column, self.columns, n=1, cutoff=0.5)
        hint = f"Did you mean '{close[0]}'? " if close else ""
        raise DataError(
            str(self.path),
            got=f"the columns {listing(self.columns)}",
            expected=f"a column '{column}'",
            remedy=f"{hint}{remedy}Name the column in {key}.",
        )

    def rows(
        self, columns: Mapping[str, str | None], rejects: Rejects, *, multiline: bool = False
    ) -> Iterator[pl.DataFrame]:
        """Frames with chosen columns under new names, and the number of the line, or row, in `LINE`.

        Args:
            columns: The column of the file for each new name; None gives nulls.
            rejects: Where lines go that can't be read.
            multiline: Whether quoted fields of CSV may hold line breaks.

        Raises:
            DataError: The file is damaged or holds too many bad lines.
        """
        wanted = list(dict.fromkeys(source for source in columns.values() if source is not None))
        chosen = [
            pl.lit(None, pl.String).alias(name) if source is None else pl.col(source).alias(name)
            for name, source in columns.items()
        ]
        for frame in self._frames(wanted, rejects, multiline=multiline):
            yield frame.select(LINE, *chosen)

    def _frames(self, wanted: list[str], rejects: Rejects, *, multiline: bool) -> Iterator[pl.DataFrame]:
        if self.form == "parquet":
            return _parquet_rows(self.path, wanted, rejects)
        if self.form == "jsonl":
            return read_json_lines(self.path, {name: self.columns[name] for name in wanted}, rejects)
        read = read_csv_records if multiline else read_csv_lines
        return read(self.path, list(self.columns), _SEPARATORS[self.form], rejects, header=self.header)


def open_table(path: Path, form: Format | Literal["auto"] = "auto", *, header: bool = True) -> TableFile:
    """Look at the beginning of a file: its format, if that is left open, and its columns.

    Raises:
        DataError: The file is damaged, or its first line names no columns.
    """
    known = _form(path) if form == "auto" else form
    if known == "parquet":
        return TableFile(path, known, _parquet_columns(path))
    if known == "jsonl":
        return TableFile(path, known, _json_columns(path))
    names = csv_columns(path, _SEPARATORS[known], header=header)
    return TableFile(path, known, dict.fromkeys(names, pl.String()), header)


def open_csv(path: Path, *columns: str) -> TableFile:
    """A CSV file of a dump whose `columns` are known, whatever others it has.

    Raises:
        DataError: The file is damaged, or lacks one of the columns.
    """
    table = open_table(path, "csv")
    missing = next((column for column in columns if column not in table.columns), None)
    if missing is not None:
        raise DataError(
            str(path),
            got=f"the columns {listing(table.columns)}",
            expected=f"a column '{missing}'",
            remedy="Check that it is the right file; a table of another form can be read with the dataset 'table'.",
        )
    return table


def _unfit(kind: Kind, *, lists: bool) -> str | None:
    """What the values of a column are, if they can't be told as text; None if they can."""
    if isinstance(kind, pl.Duration):
        return "durations"
    if isinstance(kind, pl.Time):
        return "times of day"
    if isinstance(kind, pl.Binary):
        return "raw bytes"
    return "lists or objects" if kind.is_nested() and not lists else None


def _form(path: Path) -> Format:
    """The format by content; the suffix only tells CSV from TSV."""
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
        if isinstance(record, dict):
            for name, value in record.items():
                # An absent or empty value tells nothing, but that the column is there.
                kinds.setdefault(name, Counter())[_kind(value)] += value not in (None, [])
        if len(kinds) > MAX_COLUMNS:
            raise too_wide(path, len(kinds))
    return {name: seen.most_common(1)[0][0] for name, seen in kinds.items()}


def _kind(value: object) -> Kind:
    if isinstance(value, list):
        return pl.List(_kind(value[0] if value else ""))
    return pl.String()


def _parquet_columns(path: Path) -> dict[str, Kind]:
    try:
        return dict(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(path, error) from error


def _parquet_rows(path: Path, columns: list[str], rejects: Rejects) -> Iterator[pl.DataFrame]:
    n_rows = 0
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
                # A flipped bit may leave texts that are no UTF-8, which polars takes on trust.
                batch.validate(full=True)
                frame = pl.DataFrame(batch)
                rejects.saw(path, frame.height)
                yield frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(LINE) + n_rows + 1, *columns)
                n_rows += frame.height
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        str(path),
        got=f"a damaged Parquet file ({str(error).splitlines()[0]})",
        expected="a complete Parquet file",
        remedy="Fetch or write the file again.",
    )
