"""Tracking in MLflow: the record of every run, for people. Nothing is ever computed from it."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from seqrec.redact import redact
from seqrec.types import EpochReport
from storage.process_id import current_process, has_ended
from storage.provenance import git_commit, versions
from storage.tracking_client import TrackingClient

if TYPE_CHECKING:
    from mlflow.entities import Metric

KEY: Final = "seqrec.key"
OWNER: Final = "seqrec.owner"
PARENT: Final = "mlflow.parentRunId"
DESCRIPTION: Final = "mlflow.note.content"

CUT: Final = " ... (cut)"
MAX_PARAM, MAX_TAG = 6000, 8000
"""Characters that MLflow accepts."""
PARAMS_AT_ONCE, METRICS_AT_ONCE = 100, 1000
"""Entries that MLflow accepts in one call."""


@dataclass(frozen=True, slots=True)
class TrackedDataset:
    """What is tracked of a data set; the data itself stays in the store."""

    name: str
    digest: str
    facts: Mapping[str, object]
    """Counts and other facts, as JSON values."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted in MLflow."""

    runs: tuple[str, ...]
    """The ids of a run and its children."""
    models: tuple[str, ...]
    """The ids of the models that they had logged."""

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of their files, relative to that of all files."""
        return (*self.runs, *(f"models/{model_id}" for model_id in self.models))


class Tracker:
    """Runs in an MLflow database or server.

    Every call names its run by id, because MLflow's active run belongs to one thread. Every method raises
    `StorageError` if the database or server does not answer, or refuses the request.

    Args:
        uri: Database or server.
        artifact_root: Folder of the files of runs, if `uri` is a database.
    """

    def __init__(self, uri: str, artifact_root: Path) -> None:
        self._client = TrackingClient(uri, artifact_root)

    def check_experiment(self, name: str) -> None:
        """Check that runs can be added to an experiment, which need not exist yet.

        Raises:
            StorageError: Somebody has deleted it, or its files are at a place that is gone.
        """
        self._client.check_experiment(name)

    def start_run(
        self,
        experiment: str,
        name: str,
        *,
        key: str | None = None,
        parent: str | None = None,
        tags: Mapping[str, object] | None = None,
        params: Mapping[str, object] | None = None,
        dataset: TrackedDataset | None = None,
    ) -> str:
        """Start a run, or restart the one that was tracked under `key`, and return its id.

        A run that another living process has open is left alone, since that process is doing the same work.

        Args:
            experiment: Experiment of MLflow, created if it does not exist.
            name: Name of the run, for people.
            key: Digest of what the run computes. A run that was interrupted or is repeated keeps its id.
            parent: Id of the parent run; `key` is looked up among its children.
            tags: Facts to search runs by; versions, commit and owner are added.
            params: The configuration, nested or flat.
            dataset: Data that the run is about.
        """
        texts = _provenance() | {tag: _cut(redact(tag, value), MAX_TAG) for tag, value in (tags or {}).items()}
        texts |= {OWNER: current_process()}
        texts |= {PARENT: parent} if parent else {}
        texts |= {KEY: key} if key else {}
        experiment_id = self._client.experiment_id(experiment)
        # The lock keeps two processes from resuming the same interrupted run.
        with self._client.use() as client, self._client.lock():
            from mlflow.entities import RunTag  # noqa: PLC0415

            run_id = None if key is None else self._find(experiment_id, key, parent)
            if run_id is None:
                run_id = str(client.create_run(experiment_id, run_name=name, tags=texts).info.run_id)
            else:
                client.log_batch(run_id, tags=[RunTag(tag, text) for tag, text in texts.items()])
                client.update_run(run_id, status="RUNNING", name=name)
        if params:
            self.log_params(run_id, params)
        if dataset is not None:
            self._log_dataset(run_id, dataset)
        return run_id

    def _find(self, experiment_id: str, key: str, parent: str | None) -> str | None:
        """Return the id of the latest run under `key` that no other living process has open, or None."""
        filter_string = f"tags.`{KEY}` = '{key}'" + (f" and tags.`{PARENT}` = '{parent}'" if parent else "")
        with self._client.use() as client:
            runs = client.search_runs([experiment_id], filter_string, order_by=["start_time DESC"])
        # A child belongs to its parent, no matter which process of that pipeline opened it.
        free = (run for run in runs if parent or run.info.status != "RUNNING" or _is_ours(run.data.tags.get(OWNER)))
        return next((str(run.info.run_id) for run in free), None)

    def log_params(self, run_id: str, params: Mapping[str, object]) -> None:
        """Log parameters, nested ones under dotted names; those that the run already has do not change."""
        with self._client.use() as client:
            from mlflow.entities import Param  # noqa: PLC0415

            had = client.get_run(run_id).data.params
            texts = {name: _cut(redact(name, value), MAX_PARAM) for name, value in _flat(params)}
            new = [Param(name, text) for name, text in texts.items() if name not in had]
            for start in range(0, len(new), PARAMS_AT_ONCE):
                client.log_batch(run_id, params=new[start : start + PARAMS_AT_ONCE])

    def log_epochs(self, run_id: str, reports: Sequence[EpochReport]) -> None:
        """Log losses and validation metrics by epoch, except for epochs that the run already has.

        A refit has its own curves, under `refit/`.
        """
        with self._client.use() as client:
            points: list[Metric] = []
            for phase in dict.fromkeys(report.phase for report in reports):
                prefix = "" if phase == "fit" else f"{phase}/"
                had = {point.step for point in client.get_metric_history(run_id, f"{prefix}train/loss")}
                for report in reports:
                    if report.phase == phase and report.epoch not in had:
                        values = {f"{prefix}train/loss": report.loss}
                        values |= {f"{prefix}valid/{name}": value for name, value in report.valid.items()}
                        points += _points(values, report.epoch)
            for start in range(0, len(points), METRICS_AT_ONCE):
                client.log_batch(run_id, metrics=points[start : start + METRICS_AT_ONCE])

    def log_metrics(
        self,
        run_id: str,
        metrics: Mapping[str, float],
        step: int = 0,
        *,
        model_id: str | None = None,
        dataset: TrackedDataset | None = None,
    ) -> None:
        """Log values, such as `test/full/ndcg_at_10`; a value that is logged again at a step replaces the old one.

        Args:
            run_id: The run.
            metrics: The values by name.
            step: The epoch, or another number in an order.
            model_id: The logged model that they are about.
            dataset: The data that they were measured on.
        """
        with self._client.use() as client:
            points = _points(metrics, step, model_id, dataset)
            for start in range(0, len(points), METRICS_AT_ONCE):
                client.log_batch(run_id, metrics=points[start : start + METRICS_AT_ONCE])

    def log_artifacts(self, run_id: str, path: Path, at: str | None = None) -> None:
        """Copy a file, or all files of a folder, to the folder `at` of the run."""
        with self._client.use() as client:
            if path.is_dir():
                client.log_artifacts(run_id, str(path), at)
            else:
                client.log_artifact(run_id, str(path), at)

    def describe(self, run_id: str, markdown: str) -> None:
        """Set the description at the top of a run's page."""
        with self._client.use() as client:
            client.set_tag(run_id, DESCRIPTION, _cut(markdown, MAX_TAG))

    def _log_dataset(self, run_id: str, data: TrackedDataset) -> None:
        source, profile = json.dumps({"digest": data.digest}), json.dumps(dict(data.facts))
        with self._client.use() as client:
            from mlflow.entities import Dataset, DatasetInput  # noqa: PLC0415

            dataset = Dataset(data.name, data.digest, source_type="seqrec", source=source, profile=profile)
            client.log_inputs(run_id, [DatasetInput(dataset, [])])

    def finish(self, run_id: str, status: Literal["FINISHED", "FAILED", "KILLED"] = "FINISHED") -> None:
        """End a run."""
        with self._client.use() as client:
            client.set_terminated(run_id, status)

    def reap(self, *, own: bool = False) -> list[str]:
        """Mark running runs of this host as killed if their process has ended, and return their ids.

        Args:
            own: Whether this process counts as ended too.
        """
        # A run that is stopped while MLflow makes its database must not begin that again.
        if self._client.is_new:
            return []
        with self._client.use() as client:
            experiments = [experiment.experiment_id for experiment in client.search_experiments()]
            running = client.search_runs(experiments, "attributes.status = 'RUNNING'", max_results=1000)
            owners = {str(run.info.run_id): run.data.tags.get(OWNER) for run in running}
            mine = current_process() if own else None
            orphans = [
                run_id for run_id, owner in owners.items() if owner is not None and (owner == mine or has_ended(owner))
            ]
            for run_id in orphans:
                client.set_terminated(run_id, "KILLED")
            return orphans

    def delete(self, run_id: str) -> Deleted:
        """Mark a run, its children and their logged models as deleted, which MLflow can take back until `mlflow gc`."""
        with self._client.use() as client:
            experiment_id = client.get_run(run_id).info.experiment_id
            children = client.search_runs([experiment_id], f"tags.`{PARENT}` = '{run_id}'", max_results=1000)
            runs = [*(str(child.info.run_id) for child in children), run_id]
            models = []
            for one in runs:
                for model in client.search_logged_models([experiment_id], f"source_run_id = '{one}'"):
                    client.delete_logged_model(model.model_id)
                    models.append(str(model.model_id))
                client.delete_run(one)
        return Deleted(tuple(runs), tuple(models))

    def has_run(self, run_id: str) -> bool:
        """Return whether a run exists; `mlflow gc` removes those that somebody has deleted."""
        with self._client.use() as client:
            from mlflow.exceptions import MlflowException  # noqa: PLC0415

            try:
                client.get_run(run_id)
            except MlflowException as error:
                if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                    return False
                raise
        return True

    def run_url(self, run_id: str, served_at: str | None) -> str | None:
        """Return the address of a run's page, or None if a database is served nowhere.

        Args:
            run_id: The run.
            served_at: The address at which the database is served just now; a tracking server has its own.
        """
        server = self._client.server or served_at
        if server is None:
            return None
        with self._client.use() as client:
            experiment_id = client.get_run(run_id).info.experiment_id
        return f"{redact('server', server)}/#/experiments/{experiment_id}/runs/{run_id}"


def _is_ours(owner: str | None) -> bool:
    """Return whether a run belongs to this process, or to one that has ended."""
    return owner is None or owner == current_process() or has_ended(owner)


def _provenance() -> dict[str, str]:
    tags = {f"version.{name}": version for name, version in versions().items()} | {"mlflow.source.name": "seqrec"}
    commit = git_commit()
    return tags | ({"mlflow.source.git.commit": commit} if commit else {})


def _points(
    values: Mapping[str, float], step: int, model_id: str | None = None, dataset: TrackedDataset | None = None
) -> list["Metric"]:
    from mlflow.entities import Metric  # noqa: PLC0415

    now_ms = time.time_ns() // 1_000_000
    data = {} if dataset is None else {"dataset_name": dataset.name, "dataset_digest": dataset.digest}
    return [
        Metric(name, float(value), now_ms, step, model_id=model_id, run_id=None, **data)
        for name, value in values.items()
    ]


def _flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT
