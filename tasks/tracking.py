"""The tracked runs of a pipeline: a parent with the summary, and a child per model and seed.

Everything that is tracked can be derived from stored artifacts. The next run therefore completes an interrupted one,
and a pipeline that was tracked to its end is not tracked again.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path
from typing import Literal

from prefect import task
from prefect.runtime import flow_run

from seqrec.digest import digest_of
from seqrec.evaluation.results import Failure, Origin
from seqrec.experiment import Experiment
from seqrec.models import AnyModel
from seqrec.preparation.protocol import Protocol
from seqrec.report.markdown import leaderboard
from seqrec.report.words import method
from seqrec.stop import Stopped
from storage.files import read_comparison, read_json
from storage.refs import ComparisonRef, DumpRef, IngredientRefs, ReportRef, SplitRef
from storage.source import source_digest
from storage.tracking import TrackedDataset
from tasks.resources import Resources, open_resources

COMPLETE = "tracked"
"""Kind of the artifact that records that a pipeline was tracked to its end."""


@dataclass(frozen=True, slots=True)
class RunRef:
    """The parent run of a pipeline."""

    key: str
    """Digest of what the pipeline computes: equal keys mean equal results."""
    experiment: str
    """Experiment on the tracking server: one per dataset and protocol."""
    run_id: str
    tags: Mapping[str, str]
    """Tags of every run of the pipeline: experiment, data, protocol and Prefect run."""
    prefix: str
    """What the names of results begin with, such as `test/full`."""
    dataset: TrackedDataset
    """Data of every run of the pipeline."""
    complete: bool
    """Whether everything was tracked before, so that nothing has to be logged."""


def prepare_tracking(resources: Resources, experiment: Experiment) -> None:
    """Close the runs that killed processes left open, and check that new ones can be tracked, before work is done.

    Raises:
        StorageError: The database or server does not accept runs of the experiment.
    """
    resources.tracker.reap()
    resources.tracker.check_experiment(mlflow_experiment_of(experiment))


@task(task_run_name="track {experiment.name}")
def open_run(
    experiment: Experiment,
    dump: DumpRef,
    split: SplitRef,
    ingredients: Mapping[str, IngredientRefs],
    origins: Mapping[tuple[str, int], Origin],
) -> RunRef:
    """Start the parent run of this pipeline, or resume an interrupted one.

    Args:
        experiment: The experiment.
        dump: Its data.
        split: The prepared data.
        ingredients: What the models need besides, by label.
        origins: What trainings begin with, by label and seed.
    """
    resources = open_resources()
    resources.tracker.reap()
    protocol = experiment.protocol
    name = mlflow_experiment_of(experiment)
    tags = {
        "seqrec.experiment": experiment.name,
        "seqrec.experiment_digest": experiment.digest,
        "seqrec.data_digest": dump.key,
        "seqrec.protocol_digest": protocol.digest,
        "seqrec.prefect_run": flow_run.name,
        "seqrec.prefect_run_id": flow_run.id,
    }
    key = digest_of(
        {
            # How settings are searched changes no result.
            "experiment": experiment.model_dump(mode="json", exclude={"tuning"}),
            "split": split.key,
            "ingredients": {label: _keys(refs) for label, refs in ingredients.items()},
            "origins": [[label, seed, origin.model] for (label, seed), origin in origins.items()],
            "source": source_digest(*(type(model).__module__ for model in experiment.models.values())),
        }
    )
    prefix = prefix_of(protocol)
    dataset = TrackedDataset(experiment.dataset.label, dump.key, read_json(Path(split.uri) / "summary.json"))
    tracked = tracked_before(resources, key)
    if tracked is not None:
        return RunRef(key, name, tracked, tags, prefix, dataset, complete=True)
    run_id = resources.tracker.start_run(
        name,
        flow_run.name or experiment.name,
        key=key,
        tags=tags,
        params=experiment.model_dump(mode="json", exclude={"models"}),
        dataset=dataset,
    )
    return RunRef(key, name, run_id, tags, prefix, dataset, complete=False)


def mlflow_experiment_of(experiment: Experiment) -> str:
    """Return the name of an experiment's place in MLflow: runs of one dataset and protocol can be compared."""
    protocol = experiment.protocol
    return f"{experiment.dataset.label} {protocol.split.name} {protocol.digest[:8]}"


def prefix_of(protocol: Protocol) -> str:
    """Return what the names of test results begin with in every run, so that MLflow's pages line them up."""
    return f"test/{protocol.candidates.name}"


def tracked_before(resources: Resources, key: str) -> str | None:
    """Return the id of the run to whose end a pipeline was tracked; None if there is none, or none is left."""
    for artifact in resources.store.matching_keys(COMPLETE, place_of(resources, key)):
        run_id = str(resources.store.open(COMPLETE, artifact).inputs["run_id"])
        if resources.tracker.has_run(run_id):
            return run_id
    return None


def open_child(resources: Resources, parent: RunRef, label: str, model: AnyModel, seed: int) -> str:
    """Start the child run of one model and seed, or resume an interrupted one, and return its id."""
    return resources.tracker.start_run(
        parent.experiment,
        f"{label} seed {seed}",
        key=digest_of([parent.key, label, seed]),
        parent=parent.run_id,
        tags={
            **parent.tags,
            "seqrec.label": label,
            "seqrec.model": model.name,
            "seqrec.config_digest": model.digest,
        },
        params={"label": label, "seed": seed, "model": model.model_dump(mode="json")},
        dataset=parent.dataset,
    )


def log_memory(
    resources: Resources,
    child: str,
    work: Literal["training", "evaluation"],
    expected_bytes: int | None,
    peak_bytes: int | None,
) -> None:
    """Log how much memory a network was expected to use, and how much it used.

    MLflow's pages order metrics by name and show the first, so these names come after those of the results.
    """
    known = {"expected": expected_bytes, "peak": peak_bytes}
    resources.tracker.log_metrics(
        child, {f"usage/{work}_{name}_bytes": n for name, n in known.items() if n is not None}
    )


@contextmanager
def closed_if_raised(run_id: str | None) -> Iterator[None]:
    """Close a run, if there is one, if the block raises: as failed, or as killed if somebody stopped it."""
    try:
        yield
    except BaseException as error:
        if run_id is not None:
            status: Literal["FAILED", "KILLED"] = "FAILED" if isinstance(error, Exception) else "KILLED"
            open_resources().tracker.finish(run_id, status)
        if isinstance(error, Stopped) and parent_process() is not None:
            # Prefect's pool of processes would wait forever for a task with an exception that is no `Exception`.
            raise CancelledError("stopped") from error
        raise


@task(task_run_name="finish tracking")
def finish_run(run: RunRef, comparison: ComparisonRef, report: ReportRef, failures: tuple[Failure, ...]) -> str | None:
    """Log the summary to the parent run, close it, and return the address of its page if it is served just now."""
    resources = open_resources()
    if failures or not run.complete:
        _log_summary(resources, run, comparison, report)
        resources.tracker.finish(run.run_id, "FAILED" if failures else "FINISHED")
    # The next run tries failed models again, so this pipeline is not complete.
    if not failures:
        place = place_of(resources, run.key) | {"run_id": run.run_id, "comparison": comparison.key}
        resources.store.get_or_make(COMPLETE, place, lambda _: {})
    return resources.tracker.run_url(run.run_id, resources.services.url("mlflow"))


def _log_summary(resources: Resources, run: RunRef, comparison: ComparisonRef, report: ReportRef) -> None:
    table = read_comparison(Path(comparison.uri)).table
    best = table.rows[0]
    # The parent has the results of its best model under the names that its children use, so that a list of runs can be
    # sorted by them.
    metrics = {f"{run.prefix}/{name}": cell.mean for name, cell in best.cells.items()}
    resources.tracker.log_metrics(run.run_id, metrics)
    resources.tracker.describe(run.run_id, leaderboard(table))
    resources.tracker.log_params(
        run.run_id,
        {
            "best_model": best.label,
            "metrics": f"means over {len(best.seeds)} seeds" if len(best.seeds) > 1 else f"seed {best.seeds[0]}",
            "reference": table.reference,
            "method": method(table),
        },
    )
    resources.tracker.log_artifacts(run.run_id, Path(comparison.uri))
    resources.tracker.log_artifacts(run.run_id, Path(report.uri))


def _keys(refs: IngredientRefs) -> dict[str, object]:
    others = {"texts": refs.texts, "features": refs.features}
    return {
        "vectors": {role: ref.key for role, ref in refs.vectors.items()},
        **{name: ref.key for name, ref in others.items() if ref is not None},
    }


def place_of(resources: Resources, key: str) -> dict[str, str]:
    """Return the inputs that all records of the complete runs of one pipeline in one tracking server share."""
    # A pipeline that was tracked in one place must still be tracked in another.
    return {"run": key, "tracking_uri": digest_of(resources.settings.tracking_uri)}
