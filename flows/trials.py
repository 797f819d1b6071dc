"""One worker of a search: it asks for settings, tries them fold by fold, and tells what they reached."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prefect import task

from flows.ingredients import ingredients_of
from seqrec.digest import digest_of
from seqrec.errors import ConfigError, TrainingError
from seqrec.experiment import Experiment
from seqrec.tuning.space import space_in, with_settings
from seqrec.tuning.trial import Trial, best_of
from storage.refs import DumpRef, ModelRef, SplitRef
from storage.source import source_digest
from storage.studies import Study
from tasks.fold_score import fold_score
from tasks.progress import announce, briefly
from tasks.resources import open_resources
from tasks.tracked_search import TrackedSearch, track_trial
from tasks.train import train


@dataclass(frozen=True, slots=True)
class Fold:
    """Data that each trial is trained and scored on."""

    name: str
    split: SplitRef
    valid: bool
    """Whether validation cases are scored, because the split has no folds."""


@dataclass(frozen=True, slots=True)
class Search:
    """The search for settings of one model."""

    experiment: Experiment
    label: str
    study: str
    """Name of the study."""
    folds: tuple[Fold, ...]
    dump: DumpRef
    data: Path
    n_trials: int
    until: float | None
    """The time, in seconds since 1970, after which no trial begins."""
    tracked: TrackedSearch

    def open(self) -> Study:
        """Open the study."""
        experiment = self.experiment
        folder = open_resources().settings.tuning_dir / experiment.name
        return Study(folder, self.study, space_in(experiment, self.label), experiment.tuning)


@task(task_run_name="search {search.label}")
def search(search: Search) -> int:
    """Try settings until there are enough trials or the time is over; return how many trials this worker has run.

    Raises:
        SeqrecError: Something that is no fault of the settings went wrong; those of this trial will be tried again.
        Stopped: Stopping was requested; likewise.
    """
    study, done = search.open(), 0
    while (search.until is None or time.time() < search.until) and (trial := study.ask(search.n_trials)) is not None:
        try:
            with briefly():
                trial = _try(search, study, trial)
        except (ConfigError, TrainingError) as error:
            trial = replace(trial, ending="failed", reason=str(error))
        except BaseException:
            # A stop, a full disk or a fault of the program says nothing about these settings.
            study.put_back(trial)
            raise
        study.tell(trial)
        track_trial(search.tracked, trial, search.experiment.protocol.k)
        done += 1
        _announce(search, study, trial)
    return done


def _try(search: Search, study: Study, trial: Trial) -> Trial:
    """Train and score the settings of a trial on one fold after the other, as long as they are good enough."""
    label, experiment, started = search.label, search.experiment, time.perf_counter()
    kept = experiment.with_bases((label,))
    models = {name: model for name, model in experiment.models.items() if name in kept}
    models[label] = with_settings(models[label], trial.settings)
    tried = experiment.model_copy(update={"models": models})
    for number, fold in enumerate(search.folds, 1):
        fitted = _fit(tried, label, fold, search)
        score = fold_score(fitted, fold.split, experiment.protocol.k, fold.name, valid=fold.valid)
        trial = replace(trial, scores=(*trial.scores, score.ndcg), seconds=round(time.perf_counter() - started, 3))
        if not study.report(trial) and number < len(search.folds):
            return replace(trial, ending="pruned")
    return replace(trial, ending="complete")


def _fit(tried: Experiment, label: str, fold: Fold, search: Search) -> ModelRef:
    training, seed = fold.split.training, tried.seeds[0]
    ingredients = ingredients_of(tried, search.dump, training, search.data)
    fitted: dict[str, ModelRef] = {}
    for name in tried.in_order:
        bases = {role: fitted[base] for role, base in tried.models[name].needs.models.items()}
        fitted[name] = train(name, tried.models[name], seed, training, ingredients[name], bases, None)
    return fitted[label]


def _announce(search: Search, study: Study, trial: Trial) -> None:
    trials = study.trials()
    best, n_ended = best_of(trials), sum(bool(one.ending) and not one.was_stopped for one in trials)
    how = {
        "complete": f"{trial.value:.4f}" if trial.value is not None else "",
        "pruned": f"left after {len(trial.scores)} of {len(search.folds)} folds, {trial.value or 0.0:.4f}",
        "failed": trial.reason,
        None: "",
    }[trial.ending]
    so_far = "" if best is None else f"; best {best.value:.4f} in trial {best.number + 1}"
    told = f"trial {trial.number + 1} ({n_ended} of {search.n_trials} ended): {how}{so_far}"
    announce(f"tune {search.label}", "done", told)


def name_of_study(experiment: Experiment, label: str, folds: Sequence[Fold]) -> str:
    """Return a name that changes with whatever makes trials incomparable: data, folds, space, other settings, code."""
    model = experiment.models[label]
    fixed = {
        "model": model.identity,
        "bases": {base: experiment.models[base].identity for base in sorted(experiment.with_bases((label,)))},
        "space": {path: one.model_dump(mode="json") for path, one in space_in(experiment, label).items()},
        "folds": [[fold.split.key, fold.valid] for fold in folds],
        "seed": experiment.seeds[0],
        "source": source_digest(type(model).__module__, "seqrec.evaluation.ranking"),
        "k": experiment.protocol.k,
    }
    return f"{label}-{digest_of(fixed)}"
