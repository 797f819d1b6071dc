"""Compare the seed runs of an experiment in one table, with each model tested against a reference."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from prefect import task

from seqrec.evaluation.comparison import compare as comparison_of
from seqrec.evaluation.machines import mixture
from seqrec.evaluation.results import Evaluation
from seqrec.experiment import Experiment
from seqrec.models import FLOORS
from seqrec.models.neural import NeuralConfig
from storage.files import read_comparison, read_metrics, read_rankings, read_split, write_comparison
from storage.refs import ComparisonRef, SplitRef
from storage.source import source_digest
from storage.store import Store
from tasks.progress import announce, state_of
from tasks.resources import open_resources
from tasks.seed_run import SeedRun

log = logging.getLogger("seqrec.compare")


@task(task_run_name="compare {experiment.name}")
def compare(experiment: Experiment, seed_runs: Sequence[SeedRun], split: SplitRef) -> ComparisonRef:
    """Compare all `seed_runs` in one table."""
    resources, comparison, protocol_digest = open_resources(), experiment.comparison, experiment.protocol.digest
    max_epochs = {
        label: model.training.max_epochs
        for label, model in experiment.models.items()
        if isinstance(model, NeuralConfig) and model.training.keep == "best"
    }
    inputs = {
        "title": experiment.title,
        "seed_runs": [
            [seed_run.label, seed_run.seed, seed_run.model.key, seed_run.evaluation.key] for seed_run in seed_runs
        ],
        "split": split.key,
        # The production fit of a model begins with what that began with, so a kept run keeps it.
        "origins": [fit.origin.to_json() for fit in (seed_run.fit() for seed_run in seed_runs) if fit.origin],
        "stochastic": [experiment.is_stochastic(seed_run.label) for seed_run in seed_runs],
        "max_epochs": max_epochs,
        "comparison": comparison.model_dump(mode="json"),
        "source": source_digest("seqrec.evaluation.comparison"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        announce("compare", "running", "testing differences")
        evaluations = [
            _evaluation(resources.store, seed_run, stochastic=experiment.is_stochastic(seed_run.label))
            for seed_run in seed_runs
        ]
        result = comparison_of(
            evaluations,
            read_split(Path(split.uri)),
            comparison,
            protocol_digest=protocol_digest,
            title=experiment.title,
            floors=FLOORS,
            max_epochs=max_epochs,
        )
        write_comparison(folder, result)
        return {
            "experiment": experiment.name,
            "best": result.table.rows[0].label,
            "n_models": len(result.table.rows),
        }

    artifact = resources.store.get_or_make("comparison", inputs, make)
    table = read_comparison(artifact.path).table
    resources.catalogue.register_results(experiment.name, table)
    best = table.rows[0]
    shown = f"best is {best.label}, {table.comparison.replace('_at_', '@')} {best.cells[table.comparison].mean:.4f}"
    requested = experiment.comparison.reference
    if requested not in {None, table.reference}:
        shown += f"; {requested} has no result, so models are tested against {table.reference}"
    mixed = mixture([seed_run.fit() for seed_run in seed_runs])
    if mixed is not None:
        log.warning(mixed)
    announce("compare", state_of(made=artifact.made), shown)
    return ComparisonRef(key=artifact.key, uri=str(artifact.path), rows=len(table.rows))


def _evaluation(store: Store, seed_run: SeedRun, *, stochastic: bool) -> Evaluation:
    evaluation, fit = Path(seed_run.evaluation.uri), seed_run.fit()
    return Evaluation(
        label=seed_run.label,
        model=fit.model,
        seed=seed_run.seed,
        metrics=read_metrics(evaluation),
        rankings=read_rankings(evaluation),
        fit=fit,
        protocol_digest=store.open(seed_run.evaluation.kind, seed_run.evaluation.key).facts["protocol"],
        stochastic=stochastic,
    )
