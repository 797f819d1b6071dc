"""The flow that ingests one dump and nothing else."""

from pathlib import Path

from prefect import flow

from seqrec.datasets import AnyDataset
from storage.refs import DumpRef
from tasks.ingest import ingest


@flow(name="ingestion", flow_run_name="{dataset.name}")
def ingestion(dataset: AnyDataset, data: Path) -> DumpRef:
    """Turn one dump into canonical Parquet, and register it in the catalogue."""
    return ingest(dataset, data)
