"""RecBole's atomic files (Zhao et al. 2021): `<dataset>.inter` and `<dataset>.item`, tables with typed columns.

A header such as `user_id:token` names each column and its type: token, float, or sequences of either. Fields are
separated by tabs and never quoted; the members of a sequence by `seq_separator`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import pyarrow as pa
from pydantic import Strict, StringConstraints

from seqrec import schema
from seqrec.config.pattern import Pattern
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.frames import with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.canonical.times import Unit
from seqrec.datasets.find_files import NO_TEXTS, REMEDY, find, locate
from seqrec.datasets.parsing.dialect import Dialect
from seqrec.datasets.parsing.table_files import ONE_PER_ROW, TableFile, open_table
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import ManualDownload
from seqrec.errors import DataError
from seqrec.listing import listing

FileName = Annotated[
    str,
    Pattern(
        r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        "a name of letters, digits, `.`, `-` and `_` that begins with a letter or digit",
    ),
]
Part = Annotated[str, Pattern(r"^[A-Za-z0-9._-]+$", "a name of letters, digits, `.`, `-` and `_`")]
Split = Annotated[tuple[Part, Part, Part], Strict(False)]  # noqa: FBT003 - pydantic's own signature
Column = Annotated[str, Pattern(r"^[^:\t]+$", "a column name without colons and tabs")]

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
_TEXTS = ("title", "brand", "categories", "description")


class Config(DatasetConfig):
    """RecBole's atomic files. A column that is left out is looked for under its usual names."""

    name: Literal["recbole"] = "recbole"
    dataset: FileName = "ml-100k"
    """The name of the files before `.inter` and `.item`. They are in the data folder or in a subfolder of that name."""
    benchmark_filename: Split | None = None
    """The names of the parts of data that are split into training, validation and test: `["part1", "part2", "part3"]`
    for `ml-100k.part1.inter` and so on. By default `train`, `valid` and `test`, if there is no file of all
    interactions. The protocol split `given` keeps this split."""
    metadata: bool = True
    """Whether to read the items."""
    user: Column | None = None
    """The column of users, without the type that the header adds; by default `user_id` or `session_id`."""
    item: Column | None = None
    """The column of items in both files; by default `item_id`."""
    time: Column | None = None
    """The column of times; by default `timestamp`."""
    value: Column | None = None
    """The column of a rating, a weight or a count; by default `rating`, if there is one."""
    title: Column | None = None
    """The column of titles in the item file; by default `title` or `item_name`, if there is one."""
    brand: Column | None = None
    """The column of brands in the item file; by default `brand`, if there is one."""
    categories: Column | None = None
    """The column of categories in the item file; by default `categories` or `genre`, if there is one."""
    description: Column | None = None
    """The column of descriptions in the item file; by default `description`, if there is one."""
    time_unit: Literal["auto", Unit] = "auto"
    """The unit of times. `auto` decides from the first rows, as for the dataset `table`."""
    seq_separator: Annotated[str, StringConstraints(min_length=1)] = " "
    """The separator in a field that holds several values."""

    @property
    def label(self) -> str:
        """Such as `recbole-ml-100k`."""
        return f"{self.name}-{self.dataset.lower().replace('.', '-')}"

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The interactions, in one file or split into three."""
        remedy = f"{REMEDY} Set dataset.dataset to the name of the files, such as ml-100k."
        kinds = [f"{part}.inter" for part in self._parts]
        is_split = self.benchmark_filename is not None or (
            not self._exists(data, "inter") and any(self._exists(data, kind) for kind in kinds)
        )
        return tuple(self._file(data, kind, remedy) for kind in (kinds if is_split else ["inter"]))

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The items, if `metadata` is true."""
        return (self._file(data, "item", NO_TEXTS),) if self.metadata else ()

    def sources(self) -> ManualDownload:
        """RecBole shares its collection in folders of a drive, as archives."""
        return ManualDownload(
            page="https://recbole.io/dataset_list.html",
            reason="archives on a drive, which are picked by hand",
            steps=f"Follow that page to the archive of {self.dataset}, and unpack it into the folder.",
            file_names=tuple(f"{self.dataset}.{kind}" for kind in ("inter", *("item",) * self.metadata)),
        )

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per row; `part` tells the file if the data are split."""
        table = _open(reading)
        parts = zip(self._parts, schema.PARTS, strict=True)
        part = next((part for name, part in parts if f"{self.dataset}.{name}.inter" in reading.path.name), None)
        fields = {"user_id": "user", "item_id": "item", "time": "time", "value": "value"}
        columns = {name: self._column(table, field) for name, field in fields.items()}
        called, _, _ = str(columns["time"]).rpartition(":")
        remedy = "Set dataset.time_unit to what the file holds, or to auto."
        rows = with_time(table.rows(columns), reading, "time", self.time_unit, remedy, called=called)
        return to_interactions(rows, reading, user="user_id", item="item_id", value="value", part=part)

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per row. Texts may be sequences of words."""
        table = _open(reading)
        texts = {field: self._column(table, field, sequences=True) for field in _TEXTS}
        rows = table.rows({"item": self._column(table, "item"), **texts})
        categories = pl.concat_list("categories")
        if str(texts["categories"]).endswith(":token_seq"):
            categories = pl.col("categories").str.split(self.seq_separator)
        return to_items(rows, reading, "item", {field: field for field in _TEXTS} | {"categories": categories})

    @property
    def _parts(self) -> tuple[str, ...]:
        return self.benchmark_filename or schema.PARTS

    def _file(self, data: Path, kind: str, remedy: str) -> Path:
        return locate(data, self._names(kind), remedy)

    def _exists(self, data: Path, kind: str) -> bool:
        return find(data, self._names(kind)) is not None

    def _names(self, kind: str) -> list[str]:
        name = f"{self.dataset}.{kind}"
        return [name, f"{self.dataset}/{name}", f"{name}.gz", f"{self.dataset}/{name}.gz"]

    def _column(self, table: TableFile, field: str, *, sequences: bool = False) -> str | None:
        """The column of a field, as `name:type`; None if it is left open and no column has a conventional name."""
        chosen = getattr(self, field)
        names = _CONVENTIONS[field] if chosen is None else (chosen,)
        columns = {column.rpartition(":")[0]: column for column in table.columns}
        found = next((columns[name] for name in names if name in columns), None)
        if found is None and (chosen is not None or field in _NEEDED):
            got, expected = f"the columns {listing(columns)}", f"a column {' or '.join(names)}"
            remedy = f"Name the column in dataset.{field}."
        elif found is not None and found.endswith("_seq") and not sequences:
            got, expected = f"a column {found.replace(':', ' of the type ')}", "the type token or float"
            remedy = f"{ONE_PER_ROW}, or name another column in dataset.{field}."
        else:
            return found
        raise DataError(str(table.reading.path), got=got, expected=expected, remedy=remedy)


def _open(reading: Reading) -> TableFile:
    table, names = open_table(reading, "tsv", Dialect("\t", quote=None)), {""}
    for column in table.columns:
        name, _, kind = column.rpartition(":")
        if name in names or kind not in _TYPES:
            expected = f"name:type, each name once, with one of the types {', '.join(_TYPES)}"
            remedy = "Check that it is an atomic file; another table can be read with the dataset 'table'."
            raise DataError(str(reading.path), got=f"a column '{column}'", expected=expected, remedy=remedy)
        names.add(name)
    return table
