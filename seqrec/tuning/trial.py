"""The trials of a search, and what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from seqrec.json_value import Value
from seqrec.tuning.space import Settings

Ending = Literal["complete", "pruned", "failed"]
STOPPED = "stopped"
"""The reason of a trial whose settings somebody tries again."""


@dataclass(frozen=True, slots=True)
class Trial(Value):
    """One try of a search."""

    number: int
    """Number of the trial in its study, from 0."""
    settings: Settings
    ending: Ending | None
    """How it ended; None while it runs."""
    scores: tuple[float, ...] = ()
    """The metric on each fold that was evaluated."""
    seconds: float = 0.0
    reason: str = ""
    """Why it failed."""

    @property
    def value(self) -> float | None:
        """The mean over the folds; None without any."""
        return sum(self.scores) / len(self.scores) if self.scores else None

    @property
    def was_stopped(self) -> bool:
        """Whether another trial has taken over its settings."""
        return self.reason == STOPPED


def best_of(trials: Sequence[Trial]) -> Trial | None:
    """Return the best trial that was scored on all folds, the first of equals; None if there is none."""
    complete = [trial for trial in trials if trial.ending == "complete"]
    return max(complete, key=lambda trial: trial.value or 0.0, default=None)


@dataclass(frozen=True, slots=True)
class Found:
    """What the search of one model has found."""

    label: str
    trials: tuple[Trial, ...]
    """All trials, those included that were stopped or still run."""
    importance: Mapping[str, float]
    """The share of the variance between complete trials that each setting explains; empty if there are too few."""
    folds: tuple[str, ...]
    k: int
    """The cut-off of the NDCG that is maximised."""

    @property
    def best(self) -> Trial | None:
        """The best trial; None if none was scored on all folds."""
        return best_of(self.trials)

    @property
    def ended(self) -> tuple[Trial, ...]:
        """The trials that have ended by themselves."""
        return tuple(trial for trial in self.trials if trial.ending and not trial.was_stopped)
