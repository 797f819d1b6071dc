"""The flow behind every comparison: from a raw dump to a compared table and its report."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run

from flows.experiments import experiment_of, name_of_experiment
from flows.ingredients import ingredients_of
from flows.parameters import ExperimentName
from flows.probe import probe_remote_store
from flows.runner import RunnerOfSettings
from flows.seed_runs import seed_runs_of
from flows.warm_start import warm_start_of
from seqrec.evaluation.results import Failure
from seqrec.experiment import Experiment
from storage.refs import ComparisonRef, ReportRef
from storage.settings import Settings
from tasks.audit import audit
from tasks.cancellation import cancel_if_stopped, stoppable
from tasks.cleanup import marked_alive
from tasks.compare import compare
from tasks.ingest import ingest
from tasks.prepare import prepare
from tasks.publish import publish
from tasks.report import report
from tasks.resources import open_resources
from tasks.tagging import tag
from tasks.tracking import closed_if_raised, finish_run, open_run, prepare_tracking


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of a run of the benchmark."""

    comparison: ComparisonRef
    report: ReportRef
    tracking_url: str | None
    """The address of the run's page in MLflow, if it is served."""
    failures: tuple[Failure, ...]


class IncompleteError(Exception):
    """Some models failed; the others were compared, and `outcome` contains both."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"failed: {', '.join(f'{one.label} seed {one.seed}' for one in outcome.failures)}")
        self.outcome = outcome


def _name_of_run() -> str:
    """Return the name of the experiment and the time of the start, so that two nights differ at a glance."""
    experiment = flow_run.parameters["experiment"]
    name = name_of_experiment(experiment) if isinstance(experiment, str) else experiment.name
    return f"{name} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(
    name="benchmark",
    flow_run_name=_name_of_run,
    task_runner=RunnerOfSettings(),  # type: ignore[arg-type]
    on_crashed=[cancel_if_stopped],
)
def benchmark(
    experiment: ExperimentName | Experiment,
    data: Path = Path(),
    command: str | None = None,
    *,
    warm_start: bool = False,
) -> Outcome:
    """Ingest, prepare, audit, embed and reduce; train and evaluate each model and seed; compare and report.

    Args:
        experiment: An experiment, the path of its file, or the name of a shipped experiment.
        data: Folder of the dump; a generated data set needs none.
        command: Command that the user typed, for the report.
        warm_start: Let networks begin with the weights that the last run on other data trained.

    Raises:
        SeqrecError: Something before training failed, or every model failed.
        IncompleteError: Some models failed; everything else is done.
    """
    experiment = experiment_of(experiment)
    run_id = UUID(flow_run.id)
    with stoppable(run_id), marked_alive(Settings(), run_id):
        probe_remote_store(Settings())
        tag(run_id, experiment.name)
        prepare_tracking(open_resources(), experiment)
        dump = ingest(experiment.dataset, data)
        split = prepare(dump, experiment.protocol)
        # The audit comes before embedding and training, which cost time and may cost money.
        audited = audit(experiment, dump, split)
        ingredients = ingredients_of(experiment, dump, split.training, data)
        warm = warm_start_of(experiment, dump, split) if warm_start else None
        asked = split if warm is None else warm.split
        run = open_run(experiment, dump, split, ingredients, {} if warm is None else warm.origins)
        with closed_if_raised(None if run.complete else run.run_id):
            seed_runs, failures = seed_runs_of(experiment, split, ingredients, run, warm)
            comparison = compare(experiment, seed_runs, asked)
            typed = command or f"seqrec run {experiment.name} --data FOLDER"
            page = report(experiment, seed_runs, failures, comparison, dump, asked, audited, typed, data)
            url = finish_run(run, comparison, page, failures)
        publish(experiment, comparison, page, asked, audited, run, url)
    outcome = Outcome(comparison, page, url, failures)
    if failures:
        raise IncompleteError(outcome)
    return outcome
