"""Ingest a dump: raw files to canonical Parquet, with what was set aside, and views in the catalogue."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.runtime import task_run

from seqrec.datasets import AnyDataset
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical import canonical_interactions, canonical_items
from seqrec.datasets.readable import reading_dump
from seqrec.datasets.rejects import Rejects
from seqrec.digest import digest_of_file
from seqrec.errors import DataError
from seqrec.quality.count import Count, count
from seqrec.quality.duplicates import without
from seqrec.quality.quality import Quality, assess
from seqrec.quality.sections import quality_sections
from seqrec.schema import INTERACTIONS, ITEMS, REJECTS
from storage.files import ParquetSink
from storage.files.quality import key_parts, read_quality, write_quality
from storage.refs import DumpRef
from storage.source import resources_digest, source_digest
from storage.store import Artifact
from tasks.progress import announce, state_of
from tasks.rooms import open_rooms


@task(task_run_name="ingest {dataset.name}")
def ingest(dataset: AnyDataset, data: Path) -> DumpRef:
    """Canonical Parquet of the dump in the folder `data`, from the store if the same bytes were read before."""
    rooms = open_rooms()
    with reading_dump(data):
        artifact = rooms.store.get_or_make(
            "dump",
            _inputs(dataset, data),
            lambda folder: _read(dataset, data, folder, rooms.settings.rows_in_memory),
        )
    facts, quality = artifact.facts, read_quality(artifact.path)
    n_warnings = len(quality.warnings)
    announce(
        f"ingest {dataset.label}",
        state_of(made=artifact.made),
        f"{facts['interactions']:,} interactions, {facts['items']:,} items described, "
        f"{facts['set_aside']:,} lines set aside"
        + (f", {n_warnings} warnings of `seqrec doctor`" if n_warnings else ""),
    )
    rooms.catalogue.register_dump(dataset.label, artifact.path, facts)
    # Called by itself, a task has no page to publish on.
    if task_run.id is not None:
        _publish(quality)
    return _ref(artifact)


def find_dump(dataset: DatasetConfig, data: Path) -> DumpRef | None:
    """The dump in the folder `data` if it was ingested before; nothing but its digest is read."""
    with reading_dump(data):
        artifact = open_rooms().store.find("dump", _inputs(dataset, data))
    return None if artifact is None else _ref(artifact)


def _inputs(dataset: DatasetConfig, data: Path) -> dict[str, object]:
    """Everything that decides what the canonical tables and the facts of the quality report hold."""
    return {
        "dataset": dataset.model_dump(mode="json"),
        "files": [digest_of_file(file) for file in dataset.files(data)],
        "source": source_digest(
            type(dataset).__module__,
            "seqrec.datasets.canonical",
            "seqrec.quality.quality",
            "seqrec.quality.sections",
        ),
        "resources": resources_digest("seqrec.quality"),
    }


def _ref(artifact: Artifact) -> DumpRef:
    return DumpRef(key=artifact.key, uri=str(artifact.path), rows=artifact.facts["interactions"])


def _read(dataset: DatasetConfig, data: Path, folder: Path, rows_in_memory: int) -> Mapping[str, object]:
    rejects = Rejects()
    counted = _read_interactions(dataset, data, folder / "interactions.parquet", rejects, rows_in_memory)
    _write(folder / "items.parquet", ITEMS, canonical_items(dataset.items(data, rejects)))
    _write(folder / "rejects.parquet", REJECTS, rejects.batches())
    quality = assess(dataset, counted, pl.scan_parquet(folder / "items.parquet", glob=False), rejects)
    write_quality(folder, quality)
    return {
        "label": dataset.label,
        "interactions": quality.rows.n_interactions,
        "items": quality.rows.n_items,
        "set_aside": rejects.count,
        "set_aside_by_reason": dict(rejects.by_reason),
    }


def _read_interactions(dataset: DatasetConfig, data: Path, path: Path, rejects: Rejects, rows_in_memory: int) -> Count:
    """Writes the interactions that are no duplicates, and counts them."""
    if not _write(path, INTERACTIONS, canonical_interactions(dataset.interactions(data, rejects))):
        raise DataError(
            f"dataset {dataset.label}",
            got=f"no usable interaction, {rejects.count} lines set aside",
            expected="at least one interaction",
            remedy="Look at the first lines of the file and at the dataset's settings.",
        )
    counted = count(key_parts(path, rows_in_memory), dataset.duplicates)
    if len(counted.duplicates):
        with pq.ParquetFile(path) as file:
            _write(path, INTERACTIONS, without(file.iter_batches(), counted.duplicates, rejects))
    return counted


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    with ParquetSink(path, schema) as sink:
        for batch in batches:
            sink.write(batch)
            rows += batch.num_rows
    return rows


def _publish(quality: Quality) -> None:
    """The report as a table on the page of the run."""
    rows: list[dict[str, object]] = [
        {"section": "Warning", "what": notice.what, "value": notice.found, "note": notice.remedy}
        for notice in quality.warnings
    ]
    rows += [
        {"section": section.title, "what": fact.what, "value": fact.shown, "note": fact.note}
        for section in quality_sections(quality)
        for fact in section.facts
    ]
    # Prefect takes no underscores in keys.
    key = f"{quality.label.lower().replace('_', '-')}-quality"
    create_table_artifact(table=rows, key=key, description=f"What is known of {quality.label}")
