"""The first rows of a user's own table, read as an ingest reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from seqrec.datasets.canonical.fields import Kind
from seqrec.datasets.canonical.frames import as_text
from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.datasets.canonical.times import SENSIBLE_S, microseconds, unit_of
from seqrec.datasets.canonical.times_of_day import CLOCK, HHMM
from seqrec.datasets.errors import LINE
from seqrec.datasets.find_files import folder_of, is_pattern, locate_all
from seqrec.datasets.parsing.blocks import first_bytes
from seqrec.datasets.parsing.dialect import OPEN, Dialect
from seqrec.datasets.parsing.table_files import TableFile, form_of, open_table
from seqrec.datasets.parsing.text import NOT_UTF_8
from seqrec.datasets.reading import Reading
from seqrec.errors import DataError
from seqrec.listing import listing
from seqrec.starter.encoding import Encoding, guess_encoding

N_ROWS = 10_000
"""Rows that are looked at."""
MOSTLY = 0.95
"""Share of the rows, or of the values, from which on they count as all."""
N_NEEDED = 3
"""Columns of interactions: user, item and time."""
_DAY_US: Final = 86_400 * US_PER_S
_NAME_ENCODING: Final = "If its text is not UTF-8, name its encoding with --encoding, such as cp1252 or gb18030."


@dataclass(frozen=True, slots=True)
class Sample:
    """Columns of a table, and the values of its first rows."""

    file: str
    """Path of the file in the data folder, or pattern of the paths of several."""
    dialect: Dialect | None
    """How delimited text is divided into fields; None for other formats. Without a header, columns are called `0`, `1`
    and so on."""
    encoding: Encoding
    """The encoding of its text; UTF-8 for Parquet, which needs none."""
    columns: tuple[str, ...]
    """All columns."""
    values: pl.DataFrame
    """Columns that hold one value per row, as text; dates that the file declares as such stay dates."""

    @property
    def is_headless(self) -> bool:
        """Whether no line names the columns."""
        return self.dialect is not None and not self.dialect.header

    def moments(self, column: str) -> pl.Series:
        """Microseconds since 1970 of dates in whatever unit most are, or of positions in an order."""
        values = self.values[column]
        if values.dtype.is_temporal():
            return values.dt.epoch("us")
        # Whichever of day and month stands in front, they are dates.
        return microseconds(values, unit_of(values) or "dmy")

    def share_of_dates(self, column: str) -> float:
        """Share of the rows whose value is a date from 1990 to 2100, in whatever unit most are."""
        first, last = (bound * US_PER_S for bound in SENSIBLE_S)
        return _share(self.moments(column).is_between(first, last))

    def has_midnights_alone(self, column: str) -> bool:
        """Whether all moments are midnights, as those of dates are."""
        return bool((self.moments(column).drop_nulls() % _DAY_US == 0).all())

    def are_times_of_day(self, column: str, *, in_digits: bool = False) -> bool:
        """Whether nearly all values are times of day such as 18:30, or `in_digits`, such as 183007 or 1830."""
        values = self.values[column].cast(pl.String).str.strip_chars()
        filled = values.filter(values != "")
        return _share(filled.str.contains(HHMM if in_digits else CLOCK)) >= MOSTLY

    def share_of_numbers(self, column: str) -> float:
        """Share of the rows whose value is a number."""
        return _share(self.values[column].cast(pl.Float64, strict=False).is_not_null())

    def has_fractions(self, column: str) -> bool:
        """Whether some value is a number that is not whole, perhaps with a decimal comma."""
        numbers = self.values[column].cast(pl.String).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        return bool((numbers != numbers.round()).any())

    def depends(self, column: str, on: str) -> bool:
        """Whether rows with the same value in another column have the same in this one, nearly always."""
        groups = self.values.select(first=on, second=column).drop_nulls().unique()
        return groups["first"].n_unique() >= MOSTLY * len(groups)

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


def read_sample(file: Path, encoding: str | None = None) -> Sample:
    """The columns and first rows of a table, or of the first table with rows whose path fits a pattern.

    Args:
        file: The table, or a pattern.
        encoding: The encoding of its text; None if it is to be guessed.

    Raises:
        DataError: There is no such file, it is not a table, or none of its first rows can be read.
    """
    if file.is_dir():
        remedy = f"Name a file in it, or several by a pattern in quotes, such as '{file / '*.csv'}'."
        raise DataError(str(file), got="a folder", expected="a table", remedy=remedy)
    folder, columns = folder_of(file), []
    name = file.relative_to(folder).as_posix()
    files = locate_all(folder.absolute(), name, "Check the path.")
    # An ingest skips parts of a pattern that are empty.
    filled = [path for path in files if not is_pattern(name) or first_bytes(path, 1 << 10).strip()]
    is_binary = bool(filled) and form_of(Reading(filled[0])) == "parquet"
    chosen = Encoding() if is_binary else guess_encoding(filled, encoding)
    for path in filled:
        table = open_table(_reading(path, chosen.name), dialect=replace(OPEN, header=None))
        columns, values = list(table.columns), _first_rows(table)
        if not values.is_empty():
            return Sample(name, table.dialect, chosen, tuple(columns), values)
    raise DataError(
        str(file),
        got=f"the columns {listing(columns)} and no row that can be read" if columns else "no row",
        expected="rows of one interaction or item each",
        remedy=f"Check that the file is complete. {_NAME_ENCODING}",
    )


def _reading(path: Path, encoding: str) -> Reading:
    return Reading(path, encoding=encoding, remedies={NOT_UTF_8: _NAME_ENCODING})


def _first_rows(table: TableFile) -> pl.DataFrame:
    single = _single(table.columns)
    if not single:
        return pl.DataFrame()
    frame = next(table.rows({name: name for name in single}), pl.DataFrame(schema=single))
    untimed = [name for name in single if not frame[name].dtype.is_temporal() or frame[name].dtype == pl.Time]
    return next(as_text(iter([frame.select(single).head(N_ROWS)]), *untimed))


def _single(columns: Mapping[str, Kind]) -> list[str]:
    """The columns with one value per row.

    The objects in a list, such as the events of a session, are the rows if there is one such list and too few columns
    for interactions beside it.
    """
    single = [name for name, kind in columns.items() if _is_single(kind) and name != LINE]
    lists = [f"{name}." for name, kind in columns.items() if isinstance(kind, pl.List)]
    n_lists = sum(any(name.startswith(begin) for name in single) for begin in lists)
    outer = [name for name in single if not name.startswith(tuple(lists))]
    return single if n_lists == 1 and len(outer) < N_NEEDED else outer


def _is_single(kind: Kind) -> bool:
    return not kind.is_nested() and kind not in {pl.Binary, pl.Duration}


def _share(holds: pl.Series) -> float:
    return int(holds.sum()) / max(1, len(holds))
