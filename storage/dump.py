"""The artifact of a dump: its canonical tables, its quality report, and a bookmark from which to read on."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.bookmark import Bookmark, DumpFiles, look_at
from seqrec.datasets.canonical.tables import canonical_interactions, canonical_items
from seqrec.datasets.errors import Rejects
from seqrec.datasets.growth import spans_of
from seqrec.datasets.parsing.prefetch import ahead
from seqrec.errors import DataError
from seqrec.ingest.count import Count, count
from seqrec.ingest.duplicates import without
from seqrec.ingest.quality import assess
from seqrec.schema import INTERACTIONS, ITEMS, REJECTS
from storage.earlier import INTERACTIONS_FILE, ITEMS_FILE, REJECTS_FILE, Earlier, Step, find_earlier
from storage.files import ParquetSink
from storage.files.bookmark import write_bookmark
from storage.files.quality import key_parts, write_quality
from storage.store import Artifact, Store

_BATCHES_AHEAD = 4
"""Enough that reading goes on while a row group is written."""


def get_or_read(
    store: Store, making: Mapping[str, object], dataset: DatasetConfig, data: Path, rows_in_memory: int
) -> tuple[Artifact, Earlier | str | None]:
    """The dump in the folder `data`, read only if the same bytes never were, and only as far as it is new.

    Args:
        store: Where dumps are kept.
        making: Everything but the files that decides what is made of them.
        dataset: How the dump is read.
        data: Where it is.
        rows_in_memory: Interactions that are counted at a time.

    Returns:
        The artifact; and the older dump that it was read on from, or why it could not be, or None where there is none.

    Raises:
        DataError: The dump is damaged, or holds nothing usable.
        StorageError: The store can't be read or written.
    """
    files = look_at(dataset, data)
    inputs = {**making, "files": files.digests}
    found = store.find("dump", inputs)
    if found is not None:
        return found, None
    older = find_earlier(store, making, dataset, data, files)
    earlier = older if isinstance(older, Earlier) else None
    artifact = store.get_or_make(
        "dump", inputs, lambda folder: write_dump(folder, dataset, data, files, earlier, rows_in_memory)
    )
    return artifact, older


def write_dump(
    folder: Path, dataset: DatasetConfig, data: Path, files: DumpFiles, earlier: Earlier | None, rows_in_memory: int
) -> Mapping[str, object]:
    """Reads the dump in the folder `data` into `folder`; the facts about it.

    Args:
        folder: Where the tables go.
        dataset: How the dump is read.
        data: Where it is.
        files: What is there.
        earlier: What is not read again. The tables are as if it were.
        rows_in_memory: Interactions that are counted at a time.

    Raises:
        DataError: The dump is damaged, or holds nothing usable.
        StorageError: A file can't be written.
    """
    events, duplicates = _rejects("events", files, earlier), _rejects("duplicates", files, earlier)
    batches = _interactions(dataset, data, events, earlier)
    counted = write_interactions(folder / INTERACTIONS_FILE, batches, dataset, duplicates, rows_in_memory)
    items = _write_items(folder / ITEMS_FILE, dataset, data, files, earlier)
    rejects = Rejects.total((events, duplicates, items))
    _write(folder / REJECTS_FILE, REJECTS, rejects.batches())
    quality = assess(dataset, counted, pl.scan_parquet(folder / ITEMS_FILE, glob=False), rejects)
    write_quality(folder, quality)
    if files.growing:
        bookmark = Bookmark(files.stamps, files.others, events.account, duplicates.account, items.account)
        write_bookmark(folder, bookmark)
    return {
        "label": dataset.label,
        "interactions": quality.rows.n_interactions,
        "items": quality.rows.n_items,
        "set_aside": rejects.count,
        "set_aside_by_reason": dict(rejects.by_reason),
    }


def write_interactions(
    path: Path, batches: Iterable[pa.RecordBatch], dataset: DatasetConfig, duplicates: Rejects, rows_in_memory: int
) -> Count:
    """Writes the canonical interactions that are no duplicates, and counts them.

    Args:
        path: Where they go.
        batches: All of them, in the order of their positions.
        dataset: What they are of; its policy says which are duplicates.
        duplicates: Where these are set aside.
        rows_in_memory: Interactions that are counted at a time.

    Raises:
        DataError: There are none.
        StorageError: The file can't be written.
    """
    if not _write(path, INTERACTIONS, batches):
        raise DataError(
            f"dataset {dataset.label}",
            got="no usable interaction",
            expected="at least one interaction",
            remedy="Look at the first lines of the file and at the dataset's settings.",
        )
    counted = count(key_parts(path, rows_in_memory), dataset.duplicates)
    if len(counted.duplicates):
        with pq.ParquetFile(path) as file:
            _write(path, INTERACTIONS, without(file.iter_batches(), counted.duplicates, duplicates))
    return counted


def _rejects(step: Step, files: DumpFiles, earlier: Earlier | None) -> Rejects:
    """What is set aside in one step: nothing yet, or what was before."""
    spans = spans_of(files, None if earlier is None else earlier.bookmark)
    return Rejects(spans) if earlier is None else earlier.rejects(step, spans)


def _interactions(
    dataset: DatasetConfig, data: Path, events: Rejects, earlier: Earlier | None
) -> Iterator[pa.RecordBatch]:
    """Those read before, without duplicates, and all new ones."""
    n_before = 0
    if earlier is not None:
        n_before = earlier.n_interactions
        yield from earlier.interactions()
    yield from canonical_interactions(dataset.interactions(data, events), n_before)


def _write_items(path: Path, dataset: DatasetConfig, data: Path, files: DumpFiles, earlier: Earlier | None) -> Rejects:
    """Writes the items, those of before if their files are the same; what was set aside of them."""
    if earlier is not None and earlier.bookmark.others == files.others:
        shutil.copyfile(earlier.folder / ITEMS_FILE, path)
        return earlier.rejects("items", {})
    rejects = Rejects()
    _write(path, ITEMS, canonical_items(dataset.items(data, rejects)))
    return rejects


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    with ParquetSink(path, schema) as sink:
        for batch in ahead(iter(batches), _BATCHES_AHEAD):
            sink.write(batch)
    return sink.rows
