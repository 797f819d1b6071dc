"""How settings are searched: the part of an experiment that `seqrec tune` reads, and nothing else."""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from seqrec.config import Config, Listed, Slug
from seqrec.tuning.dimensions import Space


class Tuning(Config):
    """The search for settings (Harte et al. 2023 and Boz et al. 2024: TPE over chained folds)."""

    folds: Listed[int] | None = None
    """The forward-chaining folds of a temporal split on which each trial is evaluated; by default, all of them. Splits
    without folds are searched on their validation cases, which also stop trainings early."""
    startup_trials: PositiveInt = 20
    """The number of random trials before the sampler learns from them; the papers have 20 and 40."""
    prune_share: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.2
    """The share of trials, the worst after each fold, that is not evaluated on the next ones."""
    prune_after: NonNegativeInt = 10
    """The number of trials that are never cut short, since there is too little to compare them with."""
    patience: PositiveInt = 100
    """The number of trials without a better one after which the search of a model ends."""
    space: dict[Slug, Space] = Field(default_factory=dict)
    """The values to search, by label of the model and path of the setting; they replace, or add to, those that come
    with the model: `space.sasrec = { "training.lr" = { name = "log", low = 1e-4, high = 1e-2 } }`."""
