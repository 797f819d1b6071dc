"""Searches in MLflow: a run for each model, with a child for each trial."""

from dataclasses import dataclass

from prefect.runtime import flow_run

from seqrec.digest import digest_of
from seqrec.experiment import Experiment
from seqrec.tuning.trial import Trial
from storage.tracking import TrackedDataset
from tasks.resources import open_resources
from tasks.tracking import mlflow_experiment_of


@dataclass(frozen=True, slots=True)
class TrackedSearch:
    """The run of a search."""

    experiment: str
    run_id: str
    study: str
    dataset: TrackedDataset


def track_search(experiment: Experiment, label: str, study: str, dataset: TrackedDataset) -> TrackedSearch:
    """Open the run of a search, or go on with it."""
    place = f"{mlflow_experiment_of(experiment)} tuning"
    run_id = open_resources().tracker.start_run(
        place,
        f"tune {label}",
        key=digest_of(study),
        tags={
            "seqrec.experiment": experiment.name,
            "seqrec.label": label,
            "seqrec.study": study,
            "seqrec.prefect_run_id": str(flow_run.id),
        },
        params={"model": experiment.models[label].model_dump(mode="json"), "tuning": _told(experiment)},
        dataset=dataset,
    )
    return TrackedSearch(place, run_id, study, dataset)


def track_trial(search: TrackedSearch, trial: Trial, k: int) -> None:
    """Record a trial that has ended."""
    tracker = open_resources().tracker
    run_id = tracker.start_run(
        search.experiment,
        f"trial {trial.number + 1}",
        key=digest_of([search.study, trial.number]),
        parent=search.run_id,
        tags={"seqrec.study": search.study, "seqrec.ending": str(trial.ending)},
        params=dict(trial.settings),
        dataset=search.dataset,
    )
    scores = {f"folds/fold_{number}_ndcg_at_{k}": score for number, score in enumerate(trial.scores, 1)}
    mean = {} if trial.value is None or trial.ending != "complete" else {f"folds/ndcg_at_{k}": trial.value}
    tracker.log_metrics(run_id, {**mean, **scores, "usage/seconds": trial.seconds})
    tracker.finish(run_id, "FAILED" if trial.ending == "failed" else "FINISHED")


def finish_search(search: TrackedSearch, best: Trial | None, k: int) -> None:
    """Record the best trial on the run of the search, and close it."""
    tracker = open_resources().tracker
    if best is not None and best.value is not None:
        tracker.log_metrics(search.run_id, {f"folds/ndcg_at_{k}": best.value})
        chosen = "\n".join(f"* `{path}`: {value}" for path, value in best.settings.items())
        tracker.describe(search.run_id, f"Best: trial {best.number + 1}, {best.value:.4f}\n\n{chosen}")
    tracker.finish(search.run_id)


def _told(experiment: Experiment) -> dict[str, object]:
    return experiment.tuning.model_dump(mode="json", exclude={"space"})
