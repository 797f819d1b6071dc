"""The flow that ingests one dump and nothing else."""

from pathlib import Path
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run

from seqrec.datasets import AnyDataset
from storage.refs import DumpRef
from storage.settings import Settings
from tasks.cancellation import cancel_if_stopped, stoppable
from tasks.cleanup import marked_alive
from tasks.ingest import ingest


@flow(name="ingestion", flow_run_name="{dataset.name}", on_crashed=[cancel_if_stopped])
def ingestion(dataset: AnyDataset, data: Path) -> DumpRef:
    """Turn one dump into canonical Parquet, and register it in the catalogue."""
    run_id = UUID(flow_run.id)
    with stoppable(run_id), marked_alive(Settings(), run_id):
        return ingest(dataset, data)
