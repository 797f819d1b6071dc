"""Studies: the trials of each search, in an SQLite file that several processes share. Optuna samples and prunes."""

import warnings
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from seqrec.errors import StorageError
from seqrec.tuning.config import Tuning
from seqrec.tuning.dimensions import Choice, Dimension, Log, Space, Uniform, Whole
from seqrec.tuning.trial import STOPPED, Ending, Trial
from storage.locks import held
from storage.process_id import current_process, has_ended

if TYPE_CHECKING:
    from collections.abc import Iterator

    import optuna

PATIENCE_S = 60.0
"""Seconds to wait for another process that writes to the database."""
OWNER, SCORES, SECONDS, REASON = "owner", "scores", "seconds", "reason"


P = ParamSpec("P")
T = TypeVar("T")


def _named(method: Callable[P, T]) -> Callable[P, T]:
    """Turn a failure of the database into an error that names the file."""

    @wraps(method)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        from optuna.exceptions import StorageInternalError  # noqa: PLC0415 - takes a while

        study = args[0]
        assert isinstance(study, Study)
        try:
            return method(*args, **kwargs)
        except (SQLAlchemyError, StorageInternalError) as error:
            reason = str(error.__cause__ or error).splitlines()[0]
            raise StorageError(
                str(study.file),
                got=f"an error of the database: {reason}",
                expected="the trials of searches, which SQLite can read and write",
                remedy="If another program uses the file, wait for it. If it is damaged, move it away: the search then "
                "begins anew.",
            ) from error

    return guarded


class Study:
    """The search of one model: its trials, its sampler and its pruner.

    Args:
        folder: Folder of the studies of an experiment.
        name: Name of the study, which tells the model and what it is evaluated on.
        space: What is searched.
        tuning: How it is searched.
    """

    @_named
    def __init__(self, folder: Path, name: str, space: Space, tuning: Tuning) -> None:
        self._space, self._tuning, self._name = space, tuning, name
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self.file = folder, folder / "studies.db"
        with self._alone():
            self._study = self._open()

    @_named
    def ask(self, n_trials: int) -> Trial | None:
        """Return the next trial, or None if there are enough, or if none was better for a long time.

        A trial whose process has died is tried again: what it had trained is in the store.

        Args:
            n_trials: Number of trials after which the search ends, those included that others run now.
        """
        with self._alone():
            self._free_the_dead()
            trials = [trial for trial in self.trials() if not trial.was_stopped]
            if len(trials) >= n_trials or self._is_stale(trials):
                return None
            asked = self._study.ask()
            asked.set_user_attr(OWNER, current_process())
            settings = {path: _suggest(asked, path, dimension) for path, dimension in self._space.items()}
            return Trial(asked.number, settings, None)

    @_named
    def report(self, trial: Trial) -> bool:
        """Record the score on one more fold, and return whether the trial is good enough to go on."""
        asked = self._asked(trial.number)
        asked.set_user_attr(SCORES, list(trial.scores))
        asked.report(trial.scores[-1], step=len(trial.scores) - 1)
        return not asked.should_prune()

    @_named
    def tell(self, trial: Trial) -> None:
        """Record how a trial ended."""
        import optuna  # noqa: PLC0415 - takes a while

        states = {
            "complete": optuna.trial.TrialState.COMPLETE,
            "pruned": optuna.trial.TrialState.PRUNED,
            "failed": optuna.trial.TrialState.FAIL,
        }
        assert trial.ending is not None
        asked = self._asked(trial.number)
        asked.set_user_attr(SCORES, list(trial.scores))
        asked.set_user_attr(SECONDS, trial.seconds)
        asked.set_user_attr(REASON, trial.reason)
        value = trial.value if trial.ending == "complete" else None
        self._study.tell(trial.number, values=value, state=states[trial.ending])

    @_named
    def put_back(self, trial: Trial) -> None:
        """End a trial that was stopped, so that somebody tries the same settings again."""
        with self._alone():
            self._put_back(trial.number, dict(trial.settings))

    @_named
    def trials(self) -> list[Trial]:
        """Return all trials that have begun, in the order of their numbers."""
        import optuna  # noqa: PLC0415 - takes a while

        endings: dict[optuna.trial.TrialState, Ending | None] = {
            optuna.trial.TrialState.COMPLETE: "complete",
            optuna.trial.TrialState.PRUNED: "pruned",
            optuna.trial.TrialState.FAIL: "failed",
            optuna.trial.TrialState.RUNNING: None,
        }
        return [
            Trial(
                number=frozen.number,
                settings=frozen.params,
                ending=endings[frozen.state],
                scores=tuple(frozen.user_attrs.get(SCORES, ())),
                seconds=frozen.user_attrs.get(SECONDS, 0.0),
                reason=frozen.user_attrs.get(REASON, ""),
            )
            for frozen in self._study.get_trials(deepcopy=False)
            if frozen.state in endings
        ]

    @_named
    def importance(self) -> dict[str, float]:
        """Return how much of the variance of complete trials each setting explains; nothing if there are too few."""
        from optuna.importance import FanovaImportanceEvaluator, get_param_importances  # noqa: PLC0415

        values = {trial.value for trial in self.trials() if trial.ending == "complete"}
        if len(values) < max(4, len(self._space)):
            return {}
        return get_param_importances(self._study, evaluator=FanovaImportanceEvaluator(seed=0))

    def _open(self) -> "optuna.Study":
        import optuna  # noqa: PLC0415 - takes a while

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        tuning = self._tuning
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return optuna.create_study(
                storage=optuna.storages.RDBStorage(
                    f"sqlite:///{self.file}", engine_kwargs={"connect_args": {"timeout": PATIENCE_S}}
                ),
                study_name=self._name,
                direction="maximize",
                load_if_exists=True,
                # Workers must not all try the same values, so the sampler draws anew in each process.
                sampler=optuna.samplers.TPESampler(n_startup_trials=tuning.startup_trials, constant_liar=True),
                pruner=optuna.pruners.PercentilePruner(
                    100.0 * (1.0 - tuning.prune_share), n_startup_trials=tuning.prune_after
                ),
            )

    def _asked(self, number: int) -> "optuna.Trial":
        import optuna  # noqa: PLC0415 - takes a while

        return optuna.Trial(self._study, self._study.get_trials(deepcopy=False)[number]._trial_id)  # noqa: SLF001

    def _free_the_dead(self) -> None:
        import optuna  # noqa: PLC0415 - takes a while

        running = self._study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING])
        for frozen in running:
            # Whoever asks holds the lock until it has signed the trial, so one without a name was left by a kill.
            owner = frozen.user_attrs.get(OWNER)
            if owner is None or has_ended(owner):
                self._put_back(frozen.number, frozen.params)

    def _put_back(self, number: int, settings: Mapping[str, Any]) -> None:
        import optuna  # noqa: PLC0415 - takes a while

        self._asked(number).set_user_attr(REASON, STOPPED)
        self._study.tell(number, state=optuna.trial.TrialState.FAIL)
        if len(settings) == len(self._space):
            self._study.enqueue_trial(dict(settings))

    def _is_stale(self, trials: list[Trial]) -> bool:
        ended = [trial.value or 0.0 if trial.ending == "complete" else 0.0 for trial in trials if trial.ending]
        best = max(range(len(ended)), key=ended.__getitem__, default=0)
        return len(ended) - best > self._tuning.patience

    @contextmanager
    def _alone(self) -> "Iterator[None]":
        """Let no other process ask at the same time, so that no trial is counted twice and no table made twice."""
        with held(self._folder / ".lock"):
            yield


def _suggest(trial: "optuna.Trial", path: str, dimension: Dimension) -> bool | int | float | str:
    match dimension:
        case Uniform():
            return trial.suggest_float(path, dimension.low, dimension.high)
        case Log():
            return trial.suggest_float(path, dimension.low, dimension.high, log=True)
        case Whole():
            return trial.suggest_int(path, dimension.low, dimension.high)
        case Choice():
            chosen = trial.suggest_categorical(path, dimension.options)
            assert chosen is not None
            return chosen
        case _:
            raise TypeError(f"no such dimension: {dimension!r}")
