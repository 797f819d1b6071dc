"""Evaluate one fitted model: rank the test or the validation cases, and compute every metric."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Int64
from prefect import task

from seqrec.evaluation.evaluate import evaluate as evaluate_cases
from seqrec.models import AnyModel
from seqrec.preparation.protocol import Protocol
from seqrec.training.memory import Peak
from seqrec.types import Cases, Training
from storage.files import read_fit, read_metrics, read_split, read_training, write_metrics, write_rankings
from storage.models import open_model
from storage.packages import card_of
from storage.refs import EvaluationRef, ModelRef, SplitRef, TrainingRef
from storage.source import source_digest
from tasks.logged_model import log_fitted
from tasks.progress import announce, state_of
from tasks.resources import Resources, open_resources
from tasks.tracking import RunRef, closed_if_raised, log_memory, open_child

Part = Literal["valid", "test"]


@task(task_run_name="evaluate {label} seed {seed}")
def evaluate(
    label: str,
    model: AnyModel,
    seed: int,
    fitted: ModelRef,
    data: SplitRef | TrainingRef,
    protocol: Protocol,
    parent: RunRef,
    part: Part = "test",
) -> EvaluationRef:
    """Compute the rankings and metrics of `fitted`, and compare a sample of them with the slow reference.

    Args:
        label: Label of the model in the experiment.
        model: Configuration of the model.
        seed: Seed that the model was trained with.
        fitted: The fitted model.
        data: A split, or training data alone, which contain no test cases.
        protocol: Supplies the cut-offs and the names of the metrics.
        parent: The tracked run of the pipeline.
        part: The cases to evaluate on. Validation cases are a part of the training data.
    """
    resources, step = open_resources(), f"evaluate {label} seed {seed}"
    inputs = {
        "model": fitted.key,
        "data": data.key,
        "part": part,
        "protocol": protocol.digest,
        "source": source_digest("seqrec.evaluation.evaluate"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        announce(step, "running", "ranking")
        training, cases, popularity = _read(data, part)
        run, rules = resources.run(seed), training.rules
        recommender = open_model(resources.store, fitted.key, run)
        with Peak(run.device) as peak:
            found = evaluate_cases(recommender, cases, rules, popularity, protocol)
        write_rankings(folder, found.rankings, cases, training.vocabulary)
        write_metrics(folder, found.metrics)
        return {
            "protocol": protocol.digest,
            "peak_bytes": peak.n_bytes,
            "verified_cases": found.n_verified,
            "n_cases": len(cases),
            **found.metrics,
        }

    child = None if parent.complete else open_child(resources, parent, label, model, seed)
    with closed_if_raised(child):
        artifact = resources.store.get_or_make("evaluation", inputs, make)
        if child is not None:
            fit = read_fit(Path(fitted.uri))
            if fit.epochs:
                expected = fit.memory.expected.validation if fit.memory.expected else None
                log_memory(resources, child, "evaluation", expected, artifact.facts["peak_bytes"])
            card = card_of(
                protocol,
                experiment=parent.tags["seqrec.experiment"],
                label=label,
                seed=seed,
                model=fitted.key,
                learnt_from=data.key,
            )
            training, _, _ = _read(data, part)
            model_id = log_fitted(resources, parent, child, card, training)
            _track(resources, parent, child, model_id, artifact.path, f"{part}/{protocol.candidates.name}")
    metrics = read_metrics(artifact.path)
    shown = ", ".join(f"{name}@{protocol.k} {metrics[f'{name}_at_{protocol.k}']:.4f}" for name in ("ndcg", "hr"))
    announce(step, state_of(made=artifact.made), shown)
    return EvaluationRef(key=artifact.key, uri=str(artifact.path), rows=artifact.facts["n_cases"])


def _read(data: SplitRef | TrainingRef, part: Part) -> tuple[Training, Cases, Int64[np.ndarray, " n_items"]]:
    """Return training data, cases, and the popularity of items; test cases are read only if `part` is `test`."""
    if part == "valid":
        training = read_training(Path((data.training if isinstance(data, SplitRef) else data).uri))
        return training, training.valid, training.counts
    assert isinstance(data, SplitRef), "training data have no test cases"
    split = read_split(Path(data.uri))
    return split.training, split.test, split.popularity


def _track(resources: Resources, parent: RunRef, child: str, model_id: str, evaluation: Path, prefix: str) -> None:
    metrics = {f"{prefix}/{name}": value for name, value in read_metrics(evaluation).items()}
    resources.tracker.log_metrics(child, metrics, model_id=model_id, dataset=parent.dataset)
    resources.tracker.log_artifacts(child, evaluation, "evaluation")
    resources.tracker.finish(child)
