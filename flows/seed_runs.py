"""Training of every model with every seed, and evaluation of those that are not only bases of others."""

from collections.abc import Mapping
from typing import TypeVar

from prefect.futures import PrefectFuture

from flows.warm_start import WarmStart
from seqrec.errors import TrainingError
from seqrec.evaluation.results import Failure
from seqrec.experiment import Experiment
from storage.refs import EvaluationRef, IngredientRefs, ModelRef, SplitRef
from tasks.evaluate import evaluate
from tasks.progress import announce
from tasks.seed_run import SeedRun
from tasks.tracking import RunRef
from tasks.train import train

Result = TypeVar("Result")
Models = dict[tuple[str, int], PrefectFuture[ModelRef]]
"""Futures of the fitted models, by label and seed."""


def seed_runs_of(
    experiment: Experiment,
    split: SplitRef,
    ingredients: Mapping[str, IngredientRefs],
    run: RunRef,
    warm: WarmStart | None = None,
) -> tuple[tuple[SeedRun, ...], tuple[Failure, ...]]:
    """Train and evaluate all models; a failed model stops only those that are built on it.

    Args:
        experiment: The experiment.
        split: Training data and test cases.
        ingredients: What the models need besides, by label.
        run: The tracked run.
        warm: What models begin with; None if all start from nothing.

    Raises:
        TrainingError: No model could be trained and evaluated.
    """
    models, evaluations = _submit(experiment, split, ingredients, run, warm)
    seed_runs: list[SeedRun] = []
    failed: dict[tuple[str, int], str] = {}
    for (label, seed), fitted in models.items():
        try:
            _check_bases(_bases(experiment, label, seed), failed)
            # Tasks after a failed one never start, and have no result to wait for.
            model = _result(fitted)
            if (label, seed) in evaluations:
                seed_runs.append(SeedRun(label, seed, model, _result(evaluations[label, seed])))
        except _FailedError as error:
            failed[label, seed] = str(error)
            announce(f"{label} seed {seed}", "failed", str(error))
    failures = tuple(Failure(label, seed, reason) for (label, seed), reason in failed.items())
    if not seed_runs:
        raise TrainingError(
            f"experiment {experiment.name}",
            got=f"no model that could be trained and evaluated; {failures[0].label}: {failures[0].reason}",
            expected="at least one",
            remedy="Correct the errors above.",
        )
    return tuple(seed_runs), failures


def _submit(
    experiment: Experiment,
    split: SplitRef,
    ingredients: Mapping[str, IngredientRefs],
    run: RunRef,
    warm: WarmStart | None,
) -> tuple[Models, dict[tuple[str, int], PrefectFuture[EvaluationRef]]]:
    """Submit all tasks. Models receive the futures of their bases, so that the run's page shows the edges."""
    models: Models = {}
    evaluations = {}
    asked = split if warm is None else warm.split
    # Bases come first, so that a worker that waits for a base never keeps that base from being trained.
    for label in experiment.in_order:
        model, roles = experiment.models[label], experiment.models[label].needs.models
        for seed in experiment.seeds_of(label):
            bases = {role: models[base, experiment.base_seed(base, seed)] for role, base in roles.items()}
            # Prefect passes the result of a future to the task, which its types can't express.
            origin = None if warm is None else warm.origins.get((label, seed))
            training = split.training if warm is None or origin is None else warm.split.training
            fitted = train.submit(label, model, seed, training, ingredients[label], bases, run, origin)  # type: ignore[arg-type]
            models[label, seed] = fitted
            if model.compare:
                evaluations[label, seed] = evaluate.submit(  # type: ignore[call-overload]
                    label, model, seed, fitted, asked, experiment.protocol, run
                )
    return models, evaluations


def _bases(experiment: Experiment, label: str, seed: int) -> list[tuple[str, int]]:
    """Return the labels and seeds of the bases of a model."""
    roles = experiment.models[label].needs.models
    return [(base, experiment.base_seed(base, seed)) for base in roles.values()]


class _FailedError(Exception):
    """A task failed, or did not start because another task failed."""


def _check_bases(bases: list[tuple[str, int]], failed: Mapping[tuple[str, int], str]) -> None:
    """Check that no base of a model failed.

    Raises:
        _FailedError: A base failed; the message names it and the reason.
    """
    for label, seed in bases:
        if (label, seed) in failed:
            raise _FailedError(f"its base {label} failed: {failed[label, seed]}")


def _result(future: PrefectFuture[Result]) -> Result:
    """Return the result of a task.

    Raises:
        _FailedError: The task failed; the message is the reason.
    """
    result: Result | BaseException = future.result(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise _FailedError(str(result))
    return result
