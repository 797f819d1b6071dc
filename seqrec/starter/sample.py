"""The first rows of a user's own table, read as an ingest reads them."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from seqrec.datasets.canonical.fields import Kind
from seqrec.datasets.canonical.frames import as_text
from seqrec.datasets.canonical.times import MAX_TIME_S, US_PER_S, microseconds, unit_of
from seqrec.datasets.errors import LINE
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.dialect import OPEN
from seqrec.datasets.parsing.table_files import TableFile, open_table
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from seqrec.listing import listing

N_ROWS = 10_000
"""Rows that are looked at."""
EARLIEST_S = 631_152_000
"""1990-01-01 UTC. Hardly any interaction was recorded before; small numbers would be dates of 1970."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Columns of a table, and the values of its first rows."""

    file: Path
    header: bool
    """Whether the first line names the columns; if not, they are called `0`, `1` and so on."""
    columns: tuple[str, ...]
    """All columns."""
    values: pl.DataFrame
    """Columns that hold one value per row, as text; times that the file declares as such stay times."""

    def share_of_dates(self, column: str) -> float:
        """Share of the rows whose value is a date from 1990 to 2100, in whatever unit most are."""
        values = self.values[column]
        if values.dtype.is_temporal():
            return _share(values.is_not_null())
        times = self.values.select(microseconds(column, unit_of(values))).to_series()
        return _share(times.is_between(EARLIEST_S * US_PER_S, MAX_TIME_S * US_PER_S))

    def share_of_numbers(self, column: str) -> float:
        """Share of the rows whose value is a number."""
        return _share(self.values[column].cast(pl.Float64, strict=False).is_not_null())

    def n_distinct(self, column: str) -> int:
        """Number of different values."""
        return self.values[column].drop_nulls().n_unique()

    def repeats(self, column: str) -> bool:
        """Whether some value stands in several rows, as ids of users and items do."""
        return self.n_distinct(column) < self.values[column].count()

    def overlap(self, column: str, other: "Sample", other_column: str) -> float:
        """Share of the different values of `column` that the column of another table holds too."""
        distinct = self.values[column].cast(pl.String).drop_nulls().unique()
        return _share(distinct.is_in(other.values[other_column].cast(pl.String).drop_nulls().unique().implode()))


def read_sample(file: Path) -> Sample:
    """The columns and first rows of a CSV, TSV, JSON-lines or Parquet file.

    A first line with a number among its fields is taken for data.

    Raises:
        DataError: There is no such file, it is not a table, or none of its first rows can be read.
    """
    reading = Reading(locate(file.parent, (file.name,), "Check the path."))
    table = open_table(reading)
    header = table.form not in {"csv", "tsv"} or not any(_is_number(name) for name in table.columns)
    if not header:
        table = open_table(reading, dialect=replace(OPEN, header=False))
    rows = _first_rows(table)
    if rows.is_empty():
        raise DataError(
            str(file),
            got=f"the columns {listing(table.columns)} and no row that can be read",
            expected="rows of one interaction or item each",
            remedy="Check that the file is complete and that its text is UTF-8.",
        )
    return Sample(file, header, tuple(table.columns), rows)


def _first_rows(table: TableFile) -> pl.DataFrame:
    single = [name for name, kind in table.columns.items() if _is_single(kind) and name != LINE]
    frame = next(table.rows({name: name for name in single}), pl.DataFrame(schema=single))
    untimed = [name for name in single if not frame[name].dtype.is_temporal()]
    return next(as_text(iter([frame.select(single).head(N_ROWS)]), *untimed))


def _is_single(kind: Kind) -> bool:
    return not kind.is_nested() and kind not in {pl.Binary, pl.Duration, pl.Time}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _share(holds: pl.Series) -> float:
    return int(holds.sum()) / max(1, len(holds))
