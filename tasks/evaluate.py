"""Evaluate one fitted model: rankings of the test cases, and every metric of them."""

from collections.abc import Mapping
from pathlib import Path

from prefect import task

from seqrec.evaluation.metrics import evaluate as metrics_of
from seqrec.evaluation.ranking import rank
from seqrec.evaluation.reference import verify
from seqrec.models import AnyModel
from seqrec.prepare.protocol import Protocol
from seqrec.training.memory import Peak
from storage.files import read_fit, read_metrics, read_split, read_state, write_metrics, write_rankings
from storage.refs import EvaluationRef, ModelRef, SplitRef
from storage.source import source_digest
from tasks.progress import announce, state_of
from tasks.resources import Resources, open_resources
from tasks.tracking import RunRef, failed_if_raised, log_memory, open_child


@task(task_run_name="evaluate {label} seed {seed}")
def evaluate(
    label: str,
    model: AnyModel,
    seed: int,
    fitted: ModelRef,
    split: SplitRef,
    protocol: Protocol,
    parent: RunRef,
) -> EvaluationRef:
    """Rankings and metrics of `fitted` on the test cases of `split`, a sample of them held against the reference."""
    resources = open_resources()
    inputs = {
        "model": fitted.key,
        "split": split.key,
        "protocol": protocol.digest,
        "source": source_digest("seqrec.evaluation.ranking", "seqrec.evaluation.reference"),
    }

    def make(folder: Path) -> Mapping[str, object]:
        data, run = read_split(Path(split.uri)), resources.run(seed)
        recommender = model.build(data.n_items)
        recommender.load(read_state(Path(fitted.uri)), run)
        with Peak(run.device) as peak:
            rankings = rank(
                recommender,
                data.test,
                candidates=data.candidates,
                k=protocol.k,
                exclude_seen=data.exclude_seen,
                sampled=data.sampled,
            )
        n_verified = verify(rankings, recommender, data, protocol.cutoffs, protocol.digest)
        write_rankings(folder, rankings, data.test, data.vocabulary)
        metrics = metrics_of(rankings, data, protocol.cutoffs)
        write_metrics(folder, metrics)
        return {"protocol": protocol.digest, "peak_bytes": peak.n_bytes, "verified_cases": n_verified, **metrics}

    child = None if parent.complete else open_child(resources, parent, label, model, seed)
    with failed_if_raised(resources, child):
        artifact = resources.store.get_or_make("evaluation", inputs, make)
        if child is not None:
            expected = read_fit(Path(fitted.uri)).memory.expected
            expected_bytes = expected.validation if expected else None
            log_memory(resources, child, "evaluation", expected_bytes, artifact.facts["peak_bytes"])
            _track(resources, child, fitted, artifact.path, protocol)
    metrics = read_metrics(artifact.path)
    shown = ", ".join(f"{name}@{protocol.k} {metrics[f'{name}_at_{protocol.k}']:.4f}" for name in ("ndcg", "hr"))
    announce(f"evaluate {label} seed {seed}", state_of(made=artifact.made), shown)
    return EvaluationRef(key=artifact.key, uri=str(artifact.path), rows=split.rows)


def _track(resources: Resources, child: str, fitted: ModelRef, evaluation: Path, protocol: Protocol) -> None:
    metrics = read_metrics(evaluation)
    resources.tracker.log_metrics(
        child, {f"test/{protocol.candidates.name}/{name}": value for name, value in metrics.items()}
    )
    resources.tracker.log_artifacts(child, Path(fitted.uri), "model")
    resources.tracker.log_artifacts(child, evaluation, "evaluation")
    resources.tracker.finish(child)
