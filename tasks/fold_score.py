"""Score a fitted model on the cases of a fold, or on validation cases where there are no folds."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from prefect import task

from seqrec.evaluation.accuracy import ndcg
from seqrec.evaluation.ranking import place
from storage.files import read_json, read_split, read_training, write_json
from storage.models import open_model
from storage.refs import FoldScoreRef, ModelRef, SplitRef
from storage.source import source_digest
from tasks.resources import open_resources

SCORE = "score.json"


@task(task_run_name="score on {fold}")
def fold_score(
    fitted: ModelRef,
    split: SplitRef,
    k: int,
    fold: str,  # noqa: ARG001 - names the task run
    *,
    valid: bool,
) -> FoldScoreRef:
    """Compute the mean NDCG of a model, without its lists.

    Args:
        fitted: The model.
        split: The data of the fold, or, if `valid`, training data and a test that stays closed.
        k: Cut-off of the metric.
        fold: Name of the fold.
        valid: Score the validation cases.
    """
    resources = open_resources()
    data = split.training if valid else split
    inputs = {"model": fitted.key, "data": data.key, "k": k, "source": source_digest("seqrec.evaluation.ranking")}

    def make(folder: Path) -> Mapping[str, object]:
        if valid:
            training = read_training(Path(split.training.uri))
            cases, rules = training.valid, training.rules
        else:
            whole = read_split(Path(split.uri))
            cases, rules = whole.test, whole.training.rules
        places = place(open_model(resources.store, fitted.key, resources.run(0)), cases, replace(rules, k=k))
        write_json(folder / SCORE, {"ndcg": float(ndcg(places, k).mean())})
        return {"n_cases": len(cases)}

    artifact = resources.store.get_or_make(FoldScoreRef.kind, inputs, make)
    n_cases = artifact.facts["n_cases"]
    return FoldScoreRef(artifact.key, str(artifact.path), n_cases, ndcg=read_json(artifact.path / SCORE)["ndcg"])
