"""The flow that ingests one dump and nothing else."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run

from flows.experiments import find_dataset, name_of_experiment
from flows.parameters import DatasetName
from flows.probe import probe_remote_store
from seqrec.datasets import AnyDataset
from storage.refs import DumpRef
from storage.settings import Settings
from tasks.cancellation import cancel_if_stopped, stoppable
from tasks.cleanup import marked_alive
from tasks.ingest import ingest
from tasks.tagging import tag


def _name_of_run() -> str:
    dataset = flow_run.parameters["dataset"]
    name = name_of_experiment(dataset) if isinstance(dataset, str) else dataset.label
    return f"ingest {name} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(name="ingestion", flow_run_name=_name_of_run, on_crashed=[cancel_if_stopped])
def ingestion(dataset: DatasetName | AnyDataset, data: Path = Path()) -> DumpRef:
    """Turn one dump into canonical Parquet, and register it in the catalogue.

    Args:
        dataset: A dataset, the name of its reader, or an experiment, whose dataset is then meant.
        data: Folder of the dump; a generated data set needs none.

    Raises:
        ConfigError: There is no such dataset.
        DataError: The dump can't be used.
    """
    run_id = UUID(flow_run.id)
    with stoppable(run_id), marked_alive(Settings(), run_id):
        probe_remote_store(Settings())
        config = find_dataset(dataset) if isinstance(dataset, str) else dataset
        tag(run_id, name_of_experiment(dataset) if isinstance(dataset, str) else config.label)
        return ingest(config, data)
