"""Every model of an experiment with every seed: trained, and evaluated unless it only serves as a base of others."""

from collections.abc import Mapping

from prefect.futures import PrefectFuture

from seqrec.errors import TrainingError
from seqrec.evaluation.results import Failure
from seqrec.experiment import Experiment
from storage.refs import EvaluationRef, IngredientRefs, ModelRef, SplitRef
from tasks.evaluate import evaluate
from tasks.progress import announce
from tasks.seed_run import SeedRun
from tasks.tracking import RunRef
from tasks.train import train

Models = dict[tuple[str, int], PrefectFuture[ModelRef]]
"""Fitted models, or models to be, by label and seed."""


def seed_runs_of(
    experiment: Experiment, split: SplitRef, ingredients: Mapping[str, IngredientRefs], run: RunRef
) -> tuple[tuple[SeedRun, ...], tuple[Failure, ...]]:
    """Train and evaluate. A model that fails stops no other but those that stand on it.

    Raises:
        TrainingError: No model could be trained and evaluated.
    """
    models, evaluations = _submit(experiment, split, ingredients, run)
    seed_runs: list[SeedRun] = []
    failed: dict[tuple[str, int], str] = {}
    for (label, seed), fitted in models.items():
        bases = _bases(experiment, label, seed)
        reason = next(
            (f"it stands on {base}: {failed[base, own]}" for base, own in bases if (base, own) in failed), None
        )
        model = fitted.result(raise_on_failure=False)
        evaluation = evaluations[label, seed].result(raise_on_failure=False) if (label, seed) in evaluations else None
        # What comes after a failed task never starts, and its own error would only say so.
        reason = reason or next((str(one) for one in (model, evaluation) if isinstance(one, Exception)), None)
        if reason is not None:
            failed[label, seed] = reason
            announce(f"{label} seed {seed}", "failed", reason)
        elif evaluation is not None:
            seed_runs.append(SeedRun(label, seed, model, evaluation))
    failures = tuple(Failure(label, seed, reason) for (label, seed), reason in failed.items())
    if not seed_runs:
        raise TrainingError(
            f"experiment {experiment.name}",
            got=f"no model that could be trained and evaluated; {failures[0].label}: {failures[0].reason}",
            expected="at least one",
            remedy="Correct what the errors above say.",
        )
    return tuple(seed_runs), failures


def _submit(
    experiment: Experiment, split: SplitRef, ingredients: Mapping[str, IngredientRefs], run: RunRef
) -> tuple[Models, dict[tuple[str, int], PrefectFuture[EvaluationRef]]]:
    """Submit all tasks. The future of a base goes to those that stand on it, so that the run's page shows the edges."""
    models: Models = {}
    evaluations = {}
    # Bases come first: a worker that waits for a base never keeps that base from being trained.
    for label in experiment.in_order:
        model, roles = experiment.models[label], experiment.models[label].needs.models
        for seed in experiment.seeds_of(label):
            bases = {role: models[base, experiment.base_seed(base, seed)] for role, base in roles.items()}
            # Prefect hands a task what a future resolves to, which its types can't say.
            fitted = train.submit(label, model, seed, split.training, ingredients[label], bases, run)  # type: ignore[arg-type]
            models[label, seed] = fitted
            if model.compare:
                evaluations[label, seed] = evaluate.submit(  # type: ignore[call-overload]
                    label, model, seed, fitted, split, experiment.protocol, run
                )
    return models, evaluations


def _bases(experiment: Experiment, label: str, seed: int) -> list[tuple[str, int]]:
    """Label and seed of the models that a model stands on."""
    roles = experiment.models[label].needs.models
    return [(base, experiment.base_seed(base, seed)) for base in roles.values()]
