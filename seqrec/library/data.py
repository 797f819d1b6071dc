"""Interactions and items in canonical form, read from files or frames."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from seqrec.config.validation import choose, validated
from seqrec.datasets import DATASETS
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.time_zones import UTC
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.table_files import open_table
from seqrec.datasets.reading import Reading
from seqrec.errors import ConfigError, SeqrecWarning
from seqrec.ingest.ingest import ingest
from seqrec.ingest.quality import Quality
from seqrec.ingest.sink import ArrowSink
from seqrec.library.arguments import expect
from seqrec.library.frames import DataFrame, is_frame, to_polars
from seqrec.library.table import INTERACTIONS, ITEMS, Table
from seqrec.os_errors import reading_dump
from seqrec.report.notices import notices
from seqrec.schema import ITEM, TIMESTAMP, USER

Source = str | Path | DataFrame
_TEXTS = ("title", "brand", "categories", "description")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns by which frames say who took what when."""

    user: str = USER
    item: str = ITEM
    time: str | tuple[str, ...] = TIMESTAMP
    time_zone: str = UTC
    """The time zone of times that don't say how far they are from UTC."""


@dataclass(frozen=True, slots=True, repr=False)
class Data:
    """A data set in canonical form."""

    label: str
    """Its name."""
    interactions: pl.DataFrame
    """One row per interaction, with the columns of `schema.INTERACTIONS`."""
    items: pl.DataFrame
    """One row per described item, with the columns of `schema.ITEMS`."""
    rejects: pl.DataFrame
    """One row per record that could not be used: where it is, and why it was set aside."""
    quality: Quality
    """The quality report."""
    columns: Columns
    """How the user's own frames call their columns."""

    def __repr__(self) -> str:
        events, items = self.quality.events, self.quality.items
        sizes = f"{events.n_users:,} users, {items.n_interacted:,} items, {events.n_interactions:,} interactions"
        return f"Data({self.label}: {sizes}; {self.rejects.height:,} rows set aside)"


def read(
    source: Source | None = None,
    *,
    items: Source | None = None,
    item_columns: Mapping[str, str] | None = None,
    dataset: str | Mapping[str, object] | DatasetConfig | None = None,
    **settings: object,
) -> Data:
    """Reads interactions, and items where they are given.

    Args:
        source: A file of interactions (CSV, TSV, JSON lines or Parquet, perhaps gzipped), or a frame of them; with
            `dataset`, the folder of the dump, or nothing for data that are generated.
        items: A file or a frame of items.
        item_columns: Columns of `items` by what they hold: item, title, brand, categories, description. Columns that
            bear these names are found without it, and so is the column that `source` has for items.
        dataset: A known dump by its name, a mapping of its settings, or its configuration; see `seqrec list`.
        settings: Settings of the dump; for a table those of `dataset.events`, such as `user`, `item`, `time`, `value`,
            `time_unit` and `time_zone`, and those of all dumps: `duplicates`, `max_rejected` and `null_words`.

    Raises:
        ConfigError: An argument is wrong.
        DataError: A file is missing or damaged, a column is missing, or nothing can be used.

    Warns:
        SeqrecWarning: Rows were set aside, or something about the data should be known before numbers are believed.
    """
    if source is not None and not is_frame(source):
        expect(source, (str, Path), "read: source", "a path or a frame of polars or pandas")
    if dataset is not None:
        if items is not None or item_columns is not None or is_frame(source):
            remedy = "Leave `dataset` out to read tables of your own."
            raise ConfigError("read", got="a dataset and tables", expected="one of both", remedy=remedy)
        return _read(choose(DATASETS, dataset, "dataset", settings), Path(source or "."), Columns())
    if item_columns is not None and items is None:
        remedy = "Name the items, or leave item_columns out."
        raise ConfigError("read", got="item_columns without items", expected="both", remedy=remedy)
    if source is None:
        remedy = "Name a file, give a frame, or name a dataset."
        raise ConfigError("read", got="no source", expected="a file, a frame or a dataset", remedy=remedy)
    table = _table(source, items, item_columns, settings)
    events = table.events
    time = tuple(map(str, events.time)) if isinstance(events.time, tuple) else str(events.time)
    columns = Columns(str(events.user), str(events.item), time, events.time_zone)
    return _read(table, Path() if is_frame(source) else Path(source).parent, columns)


def _read(dataset: DatasetConfig, folder: Path, columns: Columns) -> Data:
    sink = ArrowSink()
    with reading_dump(folder):
        quality = ingest(dataset, folder, sink).quality
    frames = {name: pl.DataFrame(table) for name, table in sink.tables.items()}
    data = Data(dataset.label, frames["interactions"], frames["items"], frames["rejects"], quality, columns)
    if data.rejects.height:
        reasons = ", ".join(f"{count:,} as '{reason}'" for reason, count in quality.set_aside.items())
        warnings.warn(f"Rows set aside: {reasons}. They are in `rejects`.", SeqrecWarning, stacklevel=3)
    for notice in notices(quality):
        warnings.warn(str(notice), SeqrecWarning, stacklevel=3)
    return data


def _table(
    source: Source, items: Source | None, item_columns: Mapping[str, str] | None, settings: Mapping[str, object]
) -> Table:
    events = dict(settings)
    raw: dict[str, object] = {"events": events}
    raw |= {key: events.pop(key) for key in DatasetConfig.model_fields if key != "name" and key in events}
    frames = {}
    if is_frame(source):
        raw["slug"] = "table"
        frames[INTERACTIONS] = to_polars(source, "interactions")
    else:
        events["file"] = Path(source).name
    table = validated(Table, raw, "read")
    if items is None:
        return table.with_frames(frames)
    if is_frame(items):
        frames[ITEMS] = to_polars(items, "items")
        names, file = frames[ITEMS].columns, "items"
    else:
        path = locate(Path(items).absolute().parent, (Path(items).name,), "Check the path.")
        file, names = str(path), list(open_table(Reading(path)).columns)
    found = {name: name for name in ("item", *_TEXTS) if name in names}
    if table.events.item in names:
        found["item"] = table.events.item
    raw["catalogue"] = {"file": file} | found | dict(item_columns or {})
    return validated(Table, raw, "read").with_frames(frames)
