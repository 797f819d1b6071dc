"""The first rows of a user's own table, read as an ingest reads them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from seqrec.datasets.canonical.fields import Kind
from seqrec.datasets.canonical.frames import as_text
from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.datasets.canonical.times import SENSIBLE_S, microseconds, unit_of
from seqrec.datasets.errors import LINE
from seqrec.datasets.find_files import locate_all
from seqrec.datasets.parsing.blocks import first_lines
from seqrec.datasets.parsing.csv import RFC_4180, Dialect
from seqrec.datasets.parsing.table_files import TableFile, form_of, open_table
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from seqrec.listing import listing
from seqrec.starter.dialect import guess_dialect

N_ROWS = 10_000
"""Rows that are looked at."""
USUAL: Final = {"csv": ",", "tsv": "\t"}
"""Formats of delimited text, and the delimiter that a reader takes if none is named."""

_OTHERS = {
    b"[{": "a JSON array",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"SQLite format": "a database of SQLite",
}
"""Beginnings of files that people have instead of tables."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Columns of a table, and the values of its first rows."""

    file: str
    """Name of the file, or pattern of the names of several."""
    dialect: Dialect
    """How text is separated into fields. Without a header, columns are called `0`, `1` and so on."""
    columns: tuple[str, ...]
    """All columns."""
    values: pl.DataFrame
    """Columns that hold one value per row, as text; times that the file declares as such stay times."""

    def share_of_dates(self, column: str) -> float:
        """Share of the rows whose value is a date from 1990 to 2100, in whatever unit most are."""
        values = self.values[column]
        if values.dtype.is_temporal():
            return _share(values.is_not_null())
        unit = unit_of(values)
        # Whichever of day and month stands in front, they are dates.
        times = microseconds(values, "dmy" if unit is None else unit)
        first, last = (bound * US_PER_S for bound in SENSIBLE_S)
        return _share(times.is_between(first, last))

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
    """The columns and first rows of a table, or of the first table with rows whose name fits a pattern.

    Raises:
        DataError: There is no such file, it is not a table, or none of its first rows can be read.
    """
    if file.is_dir():
        remedy = f"Name a file in it, or several by a pattern in quotes, such as '{file / '*.csv'}'."
        raise DataError(str(file), got="a folder", expected="a table", remedy=remedy)
    for path in locate_all(file.absolute().parent, file.name, "Check the path."):
        sample = _sample(path, file.name)
        if not sample.values.is_empty():
            return sample
    raise DataError(
        str(file),
        got=f"the columns {listing(sample.columns)} and no row that can be read",
        expected="rows of one interaction or item each",
        remedy="Check that the file is complete and that its text is UTF-8.",
    )


def _sample(path: Path, name: str) -> Sample:
    form = form_of(path)
    dialect = RFC_4180
    if form in USUAL:
        _check_text(path)
        dialect = guess_dialect(path, USUAL[form])
    table = open_table(Reading(path), form, dialect)
    return Sample(name, dialect, tuple(table.columns), _first_rows(table))


def _check_text(path: Path) -> None:
    """Refuse what is known not to be delimited text."""
    first = b"".join(line.strip() for line in first_lines(path, 2))
    kind = next((kind for start, kind in _OTHERS.items() if first.startswith(start)), None)
    if kind is not None:
        expected = "CSV, TSV, JSON lines or Parquet"
        raise DataError(str(path), got=kind, expected=expected, remedy="Write the table in one of these formats first.")


def _first_rows(table: TableFile) -> pl.DataFrame:
    single = [name for name, kind in table.columns.items() if _is_single(kind) and name != LINE]
    frame = next(table.rows({name: name for name in single}), pl.DataFrame(schema=single))
    untimed = [name for name in single if not frame[name].dtype.is_temporal()]
    return next(as_text(iter([frame.select(single).head(N_ROWS)]), *untimed))


def _is_single(kind: Kind) -> bool:
    return not kind.is_nested() and kind not in {pl.Binary, pl.Duration, pl.Time}


def _share(holds: pl.Series) -> float:
    return int(holds.sum()) / max(1, len(holds))
