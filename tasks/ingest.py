"""Ingest a dump: raw files to canonical Parquet, with what was set aside, and views in the catalogue."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
from prefect import task

from seqrec.datasets import AnyDataset
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical import canonical_interactions, canonical_items
from seqrec.datasets.rejects import Rejects
from seqrec.digest import digest_of_file
from seqrec.errors import DataError
from seqrec.schema import INTERACTIONS, ITEMS, REJECTS
from storage.files import ParquetSink
from storage.refs import DumpRef
from storage.source import source_digest
from tasks.progress import announce, state_of
from tasks.rooms import open_rooms


@task(task_run_name="ingest {dataset.name}")
def ingest(dataset: AnyDataset, data: Path) -> DumpRef:
    """Canonical Parquet of the dump in the folder `data`, from the store if the same bytes were read before."""
    rooms = open_rooms()
    inputs = {
        "dataset": dataset.model_dump(mode="json"),
        "files": [digest_of_file(file) for file in dataset.files(data)],
        "source": source_digest(type(dataset).__module__, "seqrec.datasets.canonical"),
    }
    artifact = rooms.store.get_or_make("dump", inputs, lambda folder: _read(dataset, data, folder))
    facts = artifact.facts
    announce(
        f"ingest {dataset.label}",
        state_of(made=artifact.made),
        f"{facts['interactions']:,} interactions, {facts['items']:,} items described, "
        f"{facts['set_aside']:,} lines set aside",
    )
    rooms.catalogue.register_dump(dataset.label, artifact.path, facts)
    return DumpRef(key=artifact.key, uri=str(artifact.path), rows=facts["interactions"])


def _read(dataset: DatasetConfig, data: Path, folder: Path) -> Mapping[str, object]:
    rejects = Rejects()
    interactions = _write(
        folder / "interactions.parquet",
        INTERACTIONS,
        canonical_interactions(dataset.interactions(data, rejects)),
    )
    if not interactions:
        raise DataError(
            f"dataset {dataset.label}",
            got=f"no usable interaction, {rejects.count} lines set aside",
            expected="at least one interaction",
            remedy="Look at the first lines of the file and at the dataset's settings.",
        )
    items = _write(folder / "items.parquet", ITEMS, canonical_items(dataset.items(data, rejects)))
    _write(folder / "rejects.parquet", REJECTS, rejects.batches())
    return {
        "label": dataset.label,
        "interactions": interactions,
        "items": items,
        "set_aside": rejects.count,
        "set_aside_by_reason": dict(rejects.by_reason),
    }


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    rows = 0
    with ParquetSink(path, schema) as sink:
        for batch in batches:
            sink.write(batch)
            rows += batch.num_rows
    return rows
