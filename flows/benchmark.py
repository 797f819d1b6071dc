"""The flow behind every comparison: from a raw dump to a compared table and its report."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.experiments import experiment_of, name_of_experiment
from seqrec.errors import TrainingError
from seqrec.evaluation.results import Failure
from seqrec.experiment import Experiment
from storage.refs import ComparisonRef, DumpRef, ReportRef, SplitRef, VectorsRef
from storage.settings import Settings
from tasks.audit import audit
from tasks.cleanup import alive
from tasks.compare import compare
from tasks.embed import embed
from tasks.evaluate import evaluate
from tasks.ingest import ingest
from tasks.prepare import prepare
from tasks.progress import announce
from tasks.publish import publish
from tasks.reduce import reduce
from tasks.report import report
from tasks.seed_run import SeedRun
from tasks.tracking import RunRef, closed_if_raised, finish_run, open_run
from tasks.train import train


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the benchmark gave."""

    comparison: ComparisonRef
    report: ReportRef
    tracking_url: str
    failures: tuple[Failure, ...]


class IncompleteError(Exception):
    """Some models failed; the others were compared, and `outcome` has both."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"failed: {', '.join(f'{one.label} seed {one.seed}' for one in outcome.failures)}")
        self.outcome = outcome


def _name_of_run() -> str:
    asked = flow_run.parameters["experiment"]
    return name_of_experiment(asked) if isinstance(asked, str) else asked.name


# One worker more than there are training slots: models are trained while the ones before are evaluated.
@flow(
    name="benchmark",
    flow_run_name=_name_of_run,
    task_runner=ThreadPoolTaskRunner(max_workers=Settings().training_slots + 1),  # type: ignore[arg-type]
)
def benchmark(experiment: str | Experiment, data: Path = Path(), command: str | None = None) -> Outcome:
    """Ingest, prepare, audit, embed, reduce, train and evaluate per model and seed, compare, report.

    Args:
        experiment: What to compare: an experiment, a file of one, or the name of a shipped one.
        data: Folder that holds the dump; a generated data set needs none.
        command: What a person typed, for the report.

    Raises:
        SeqrecError: Something before training failed, or every model did.
        IncompleteError: Some models failed; everything else is done.
    """
    experiment = experiment_of(experiment)
    with alive(Settings(), UUID(flow_run.id)):
        dump = ingest(experiment.dataset, data)
        split = prepare(dump, experiment.protocol)
        # Before anything is encoded or trained, because that costs time and may cost money.
        audited = audit(experiment, dump, split)
        vectors = _item_vectors(experiment, dump, split, data)
        run = open_run(experiment, dump, split, vectors)
        with closed_if_raised(run):
            seed_runs, failures = _trials(experiment, split, vectors, run)
            comparison = compare(experiment, seed_runs, split)
            typed = command or f"seqrec run {experiment.name} --data FOLDER"
            page = report(experiment, seed_runs, failures, comparison, dump, split, audited, typed)
            url = finish_run(run, comparison, page, failures)
        publish(experiment, comparison, page, split, audited, url)
    outcome = Outcome(comparison, page, url, failures)
    if failures:
        raise IncompleteError(outcome)
    return outcome


def _item_vectors(experiment: Experiment, dump: DumpRef, split: SplitRef, data: Path) -> dict[str, VectorsRef | None]:
    """The vectors that each model asks for, by label; what several ask for is made once."""
    sources = {label: model.vector_source for label, model in experiment.models.items()}
    embedded = {
        name: embed(name, experiment.encoders[name], experiment.text, dump, split, data)
        for name in dict.fromkeys(source.encoder for source in sources.values() if source)
    }
    reduced = {
        source: reduce(
            embedded[source.encoder],
            source.reducer,
            split,
            {label: experiment.models[label].vector_dim for label, asked in sources.items() if asked == source},
        )
        for source in dict.fromkeys(source for source in sources.values() if source)
    }
    return {label: reduced[source] if source else None for label, source in sources.items()}


def _trials(
    experiment: Experiment, split: SplitRef, vectors: Mapping[str, VectorsRef | None], run: RunRef
) -> tuple[tuple[SeedRun, ...], tuple[Failure, ...]]:
    """Train and evaluate every model with every seed; a model that fails stops no other."""
    pending = []
    for label, model in experiment.models.items():
        for seed in experiment.seeds_of(label):
            fitted = train.submit(label, model, seed, split, vectors[label], run)
            # Prefect hands the task what the future resolves to, which its types can't say.
            evaluation = evaluate.submit(label, model, seed, fitted, split, experiment.protocol, run)  # type: ignore[call-overload]
            pending.append((label, seed, fitted, evaluation))
    seed_runs, failures = [], []
    for label, seed, *futures in pending:
        results: list[Any] = []
        for future in futures:
            results.append(future.result(raise_on_failure=False))
            if isinstance(results[-1], Exception):
                # What comes after a failed task never starts.
                failures.append(Failure(label, seed, str(results[-1])))
                announce(f"{label} seed {seed}", "failed", failures[-1].reason)
                break
        else:
            seed_runs.append(SeedRun(label, seed, *results))
    if not seed_runs:
        raise TrainingError(
            f"experiment {experiment.name}",
            got=f"no model that could be trained and evaluated; {failures[0].label}: {failures[0].reason}",
            expected="at least one",
            remedy="Mend what is the matter with it; what the others said stands above.",
        )
    return tuple(seed_runs), tuple(failures)
