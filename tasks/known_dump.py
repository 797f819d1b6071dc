"""A dump that was ingested before; whoever only looks for one needs no Prefect."""

from pathlib import Path

from seqrec.datasets.base import DatasetConfig
from seqrec.ingest.growth import look_at
from seqrec.os_errors import reading_dump
from storage.refs import DumpRef
from storage.source import source_digest
from storage.store import Artifact
from tasks.resources import open_resources


def find_dump(dataset: DatasetConfig, data: Path) -> DumpRef | None:
    """Return the dump in the folder `data` if it was ingested before; its files are read only to compute digests."""
    with reading_dump(data):
        files = look_at(dataset, data)
    artifact = open_resources().store.find("dump", {**making(dataset), "files": files.digests})
    return None if artifact is None else ref_of(artifact)


def making(dataset: DatasetConfig) -> dict[str, object]:
    """Return everything except the files that determines the canonical tables and the quality report."""
    return {
        "dataset": dataset.model_dump(mode="json"),
        "source": source_digest(type(dataset).__module__, "seqrec.ingest.ingest", "seqrec.report.quality"),
    }


def ref_of(artifact: Artifact) -> DumpRef:
    """Return a reference to the artifact of a dump."""
    return DumpRef(key=artifact.key, uri=str(artifact.path), rows=artifact.facts["interactions"])
