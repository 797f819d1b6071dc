"""The flow that searches for the settings of models, on folds of the training sessions."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from pydantic import Field

from flows.experiments import find_experiment, name_of_experiment
from flows.parameters import ExperimentName
from flows.runner import RunnerOfSettings
from flows.trials import Fold, Search, name_of_study, search
from seqrec.errors import ConfigError, DataError
from seqrec.experiment import Experiment
from seqrec.experiment_file import load_experiment
from seqrec.models import FLOORS
from seqrec.tuning.space import space_in
from seqrec.tuning.trial import best_of
from storage.files import read_json
from storage.refs import DumpRef
from storage.settings import Settings
from storage.tracking import TrackedDataset
from tasks.cancellation import cancel_if_stopped, stoppable
from tasks.cleanup import marked_alive
from tasks.ingest import ingest
from tasks.prepare import prepare
from tasks.progress import announce
from tasks.resources import open_resources
from tasks.tagging import tag
from tasks.tracked_search import finish_search, track_search
from tasks.tuned import Tuned, tuned


def _name_of_run() -> str:
    return f"tune {name_of_experiment(flow_run.parameters['experiment'])} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


@flow(
    name="tune",
    flow_run_name=_name_of_run,
    task_runner=RunnerOfSettings(),  # type: ignore[arg-type]
    on_crashed=[cancel_if_stopped],
)
def tune(
    experiment: ExperimentName,
    data: Path = Path(),
    models: list[str] | None = None,
    trials: Annotated[int, Field(ge=1)] = 40,
    hours: Annotated[float, Field(gt=0.0)] | None = None,
    changes: list[str] | None = None,
) -> Tuned:
    """Search for the settings of models, the same number of trials for each, and write the best as an experiment.

    The search goes on where an earlier one ended, also if that was killed; several may run at the same time. Test cases
    are never opened: each trial trains on the first bins of the training sessions and is scored on the next one.

    Args:
        experiment: File of an experiment, or the name of a shipped one.
        data: Folder of the dump; a generated data set needs none.
        models: Labels of the models; by default, all that are compared and have something to search.
        trials: Number of trials of each model, earlier ones included.
        hours: Time after which no trial begins.
        changes: Settings to change, such as `models.*.training.max_epochs=5`.

    Raises:
        SeqrecError: Something is wrong with the experiment or its data.
    """
    loaded = load_experiment(find_experiment(experiment), changes or ())
    labels = models or [label for label in loaded.compared if label not in FLOORS and _is_searched(loaded, label)]
    _check(loaded, labels)
    run_id, until = UUID(flow_run.id), None if hours is None else time.time() + 3600 * hours
    with stoppable(run_id), marked_alive(Settings(), run_id):
        tag(run_id, loaded.name)
        dump = ingest(loaded.dataset, data)
        folds = tuple(map(_with_cases, _folds(loaded, dump)))
        searches = [_search(loaded, label, folds, dump, data, trials, until) for label in labels]
        for one in searches:
            # Each worker takes the next trial as soon as it is free.
            workers = [search.submit(one) for _ in range(open_resources().settings.training_slots)]
            for worker in workers:
                worker.result()
            finish_search(one.tracked, best_of(one.open().trials()), loaded.protocol.k)
        return tuned(loaded, {one.label: one.study for one in searches}, [fold.name for fold in folds])


def _folds(experiment: Experiment, dump: DumpRef) -> Iterator[Fold]:
    split = experiment.protocol.split
    if not split.folds:
        announce("tune", "note", f"the split {split.name} has no folds, so trials are scored on its validation cases")
        yield Fold("validation", prepare(dump, experiment.protocol), valid=True)
        return
    for number in experiment.tuning.folds or split.folds:
        protocol = experiment.protocol.model_copy(update={"split": split.at_fold(number)})
        yield Fold(f"fold {number}", prepare(dump, protocol), valid=False)


def _with_cases(fold: Fold) -> Fold:
    """Return the fold.

    Raises:
        DataError: It has nothing to score models on.
    """
    summary = read_json(Path(fold.split.uri) / "summary.json")
    if summary["n_valid_cases" if fold.valid else "n_test_cases"] == 0:
        raise DataError(
            f"tuning on {fold.name}",
            got="no case",
            expected="cases to score trials on",
            remedy="Choose other tuning.folds, or a split with validation cases.",
        )
    return fold


def _search(
    experiment: Experiment,
    label: str,
    folds: tuple[Fold, ...],
    dump: DumpRef,
    data: Path,
    trials: int,
    until: float | None,
) -> Search:
    study = name_of_study(experiment, label, folds)
    facts = read_json(Path(folds[0].split.uri) / "summary.json")
    tracked = track_search(experiment, label, study, TrackedDataset(experiment.dataset.label, dump.key, facts))
    return Search(experiment, label, study, folds, dump, data, trials, until, tracked)


def _is_searched(experiment: Experiment, label: str) -> bool:
    return bool(experiment.models[label].search_space or experiment.tuning.space.get(label))


def _check(experiment: Experiment, labels: list[str]) -> None:
    for label in labels:
        if label not in experiment.models:
            raise ConfigError(
                f"model '{label}'",
                got=f"no such model in {experiment.name}",
                expected=f"one of {', '.join(experiment.models)}",
                remedy="Name one of these, or leave it out for all of them.",
            )
        space_in(experiment, label)
    if not labels:
        raise ConfigError(
            f"experiment {experiment.name}",
            got="no model with something to search",
            expected="a model besides the floors",
            remedy="Add one, or name settings under tuning.space.",
        )
