"""Compare the trials of an experiment: one table, each model tested against a reference."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from prefect import task

from seqrec.evaluation.comparison import compare as comparison_of
from seqrec.evaluation.results import Evaluation
from seqrec.experiment import Experiment
from storage.files import read_comparison, read_fit, read_metrics, read_rankings, read_split, write_comparison
from storage.refs import ComparisonRef, SplitRef
from storage.source import source_digest
from storage.store import Store
from tasks.progress import announce, state_of
from tasks.rooms import open_rooms
from tasks.trial import Trial


@task(task_run_name="compare {experiment.name}")
def compare(experiment: Experiment, trials: Sequence[Trial], split: SplitRef) -> ComparisonRef:
    """The table of all `trials`."""
    rooms, comparison, protocol_digest = open_rooms(), experiment.comparison, experiment.protocol.digest
    inputs = {
        "title": experiment.title,
        "trials": [[trial.label, trial.seed, trial.model.key, trial.evaluation.key] for trial in trials],
        "split": split.key,
        "comparison": comparison.model_dump(mode="json"),
        "source": source_digest("seqrec.evaluation.comparison"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        evaluations = [_evaluation(rooms.store, trial) for trial in trials]
        result = comparison_of(evaluations, read_split(Path(split.uri)), comparison, protocol_digest, experiment.title)
        write_comparison(folder, result)
        return {
            "experiment": experiment.name,
            "best": result.table.rows[0].label,
            "n_models": len(result.table.rows),
        }

    artifact = rooms.store.get_or_make("comparison", inputs, make)
    table = read_comparison(artifact.path).table
    rooms.catalogue.register_results(experiment.name, table)
    best = table.rows[0]
    shown = f"best is {best.label}, {table.comparison.replace('_at_', '@')} {best.cells[table.comparison].mean:.4f}"
    asked = experiment.comparison.reference
    if asked not in {None, table.reference}:
        shown += f"; {asked} has no result, so models are tested against {table.reference}"
    announce("compare", state_of(made=artifact.made), shown)
    return ComparisonRef(key=artifact.key, uri=str(artifact.path), rows=len(table.rows))


def _evaluation(store: Store, trial: Trial) -> Evaluation:
    """A trial's evaluation under its label; the artifacts know none, since experiments share them."""
    model, evaluation = Path(trial.model.uri), Path(trial.evaluation.uri)
    fit = replace(read_fit(model), label=trial.label)
    return Evaluation(
        label=trial.label,
        model=fit.model,
        seed=trial.seed,
        metrics=read_metrics(evaluation),
        rankings=read_rankings(evaluation),
        fit=fit,
        protocol_digest=store.open(trial.evaluation.kind, trial.evaluation.key).facts["protocol"],
    )
