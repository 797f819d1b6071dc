"""RecBole's atomic files (Zhao et al. 2021): `<dataset>.inter` and `<dataset>.item`, tables with typed columns.

A header such as `user_id:token` names each column and its type: token, float, or sequences of either. Fields are
separated by tabs and never quoted; the members of a sequence by `seq_separator`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import pyarrow as pa
from pydantic import StringConstraints

from seqrec import schema
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.fields import absent, first_of_each, usable
from seqrec.datasets.canonical.frames import clean_items, in_unit, to_batches, with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate
from seqrec.datasets.listing import listing
from seqrec.datasets.parsing.csv import csv_columns, read_csv_lines
from seqrec.datasets.parsing.lines import LINE
from seqrec.datasets.sources import ByHand
from seqrec.errors import DataError

Column = Annotated[str, StringConstraints(pattern=r"^[^:\t]+$")]

_TYPES = ("token", "float", "token_seq", "float_seq")
_CONVENTIONS = {
    "user": ("user_id", "session_id"),
    "item": ("item_id", "product_id", "business_id", "artist_id"),
    "time": ("timestamp", "time", "date"),
    "value": ("rating", "stars", "weight"),
    "title": ("title", "movie_title", "item_name", "name"),
    "brand": ("brand", "publisher"),
    "categories": ("categories", "category", "genres", "genre", "class", "tags"),
    "description": ("description",),
}
"""Names of columns in RecBole's own collection of data sets, most usual first."""
_NEEDED = ("user", "item", "time")


class Config(DatasetConfig):
    """Atomic files of RecBole. A column that is left open is found by its conventional names."""

    name: Literal["recbole"] = "recbole"
    dataset: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = "ml-100k"
    """Name of the files, which stand in the data folder or in its folder of that name."""
    metadata: bool = True
    """Whether to read the items."""
    user: Column | None = None
    """Column of users, without its type; `user_id` or `session_id` by convention."""
    item: Column | None = None
    """Column of items in both files; `item_id` by convention."""
    time: Column | None = None
    """Column of times; `timestamp` by convention."""
    value: Column | None = None
    """Column of a rating, a weight, a count; `rating` by convention."""
    title: Column | None = None
    """Column of titles in the item file; `title` or `item_name` by convention."""
    brand: Column | None = None
    """Column of brands in the item file; `brand` by convention."""
    categories: Column | None = None
    """Column of categories in the item file; `categories` or `genre` by convention."""
    description: Column | None = None
    """Column of descriptions in the item file; `description` by convention."""
    time_unit: Literal["auto", "s", "ms", "us", "yyyymmdd", "iso"] = "auto"
    """Left open, the first rows tell, as for the dataset `table`."""
    seq_separator: Annotated[str, StringConstraints(min_length=1)] = " "
    """What stands between the members of a sequence."""

    @property
    def label(self) -> str:
        """Such as `recbole-ml-100k`."""
        return f"{self.name}-{self.dataset.lower().replace('.', '-')}"

    def files(self, data: Path) -> tuple[Path, ...]:
        """The interactions, and the items if they are asked for."""
        return (self._inter(data), self._item(data)) if self.metadata else (self._inter(data),)

    def growing(self, data: Path) -> tuple[Path, ...]:
        """The interactions."""
        return (self._inter(data),)

    def sources(self) -> ByHand:
        """RecBole shares its collection in folders of a drive, as archives."""
        return ByHand(
            page="https://recbole.io/dataset_list.html",
            reason="archives on a drive, which are picked by hand",
            steps=f"Follow that page to the archive of {self.dataset}, and unpack it into the folder.",
            file_names=(f"{self.dataset}.inter", f"{self.dataset}.item")
            if self.metadata
            else (f"{self.dataset}.inter",),
        )

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per row."""
        file = _open(self._inter(data))
        columns = {
            schema.USER: self._column(file, "user", sequence=False),
            schema.ITEM: self._column(file, "item", sequence=False),
            schema.TIMESTAMP: self._column(file, "time", sequence=False),
            schema.VALUE: self._column(file, "value", sequence=False),
        }
        rows = file.rows(columns, rejects)
        if self.time_unit != "auto":
            remedy = "Set dataset.time_unit to what the file holds, or to auto."
            called = columns[schema.TIMESTAMP]
            rows = in_unit(rows, schema.TIMESTAMP, self.time_unit, file.path, rejects, remedy, called=called)
        yield from to_interactions(
            with_time(rows, self.time_unit, file.path, rejects),
            file.path,
            rejects,
            user=schema.USER,
            item=schema.ITEM,
            value=schema.VALUE,
        )

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per row; nothing if `metadata` is off. Texts may be sequences of words."""
        if not self.metadata:
            return
        file = _open(self._item(data))
        columns = {
            schema.ITEM: self._column(file, "item", sequence=False),
            schema.TITLE: self._column(file, "title"),
            schema.BRAND: self._column(file, "brand"),
            schema.CATEGORIES: self._column(file, "categories"),
            schema.DESCRIPTION: self._column(file, "description"),
        }
        several = file.types.get(columns[schema.CATEGORIES] or "") == "token_seq"
        split = pl.col(schema.CATEGORIES).str.split(self.seq_separator)
        categories = split if several else pl.concat_list(schema.CATEGORIES)
        frames = usable(file.rows(columns, rejects), file.path, rejects, {"no item": absent(schema.ITEM)})
        for frame in first_of_each(frames, schema.ITEM, file.path, rejects):
            yield from to_batches(clean_items(frame.with_columns(categories), rejects))

    def _inter(self, data: Path) -> Path:
        return self._file(data, "inter", "Set dataset.dataset to the name of the files, such as ml-100k.")

    def _item(self, data: Path) -> Path:
        return self._file(data, "item", "Put the file there, or set dataset.metadata = false to go without items.")

    def _file(self, data: Path, suffix: str, remedy: str) -> Path:
        name = f"{self.dataset}.{suffix}"
        return locate(data, [name, f"{self.dataset}/{name}", f"{name}.gz", f"{self.dataset}/{name}.gz"], remedy)

    def _column(self, file: "_AtomicFile", field: str, *, sequence: bool = True) -> str | None:
        """The column of a field; None if it is left open and the file has none of a conventional name."""
        chosen = getattr(self, field)
        names = (chosen,) if chosen is not None else _CONVENTIONS[field]
        found = next((name for name in names if name in file.types), None)
        if found is None and (chosen is not None or field in _NEEDED):
            raise DataError(
                str(file.path),
                got=f"the columns {listing(file.types)}",
                expected=f"a column {' or '.join(names)}",
                remedy=f"Name the column in dataset.{field}.",
            )
        if found is not None and file.types[found].endswith("_seq") and not sequence:
            raise DataError(
                str(file.path),
                got=f"a column {found} of the type {file.types[found]}",
                expected="the type token or float",
                remedy=f"Name another column in dataset.{field}.",
            )
        return found


@dataclass(frozen=True, slots=True)
class _AtomicFile:
    """An atomic file and the types of its columns."""

    path: Path
    types: dict[str, str]

    def rows(self, columns: Mapping[str, str | None], rejects: Rejects) -> Iterator[pl.DataFrame]:
        """Frames with chosen columns, as text, under new names; None gives nulls."""
        chosen = [
            (pl.lit(None, pl.String) if source is None else pl.col(source)).alias(name)
            for name, source in columns.items()
        ]
        for frame in read_csv_lines(self.path, list(self.types), "\t", rejects, header=True, quoted=False):
            yield frame.select(LINE, *chosen)


def _open(path: Path) -> _AtomicFile:
    types: dict[str, str] = {}
    for column in csv_columns(path, "\t", header=True):
        name, _, kind = column.rpartition(":")
        if not name or kind not in _TYPES or name in types:
            raise DataError(
                str(path),
                got=f"a column '{column}'",
                expected=f"name:type, each name once, with one of the types {', '.join(_TYPES)}",
                remedy="Check that it is an atomic file; another table can be read with the dataset 'table'.",
            )
        types[name] = kind
    return _AtomicFile(path, types)
