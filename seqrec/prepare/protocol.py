"""The protocol of a comparison: one frozen object. Results under different digests never share a table."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from seqrec.config import Config, Listed

Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]


class Core(Config):
    """Iterated p-core: users and items with fewer interactions are removed until none is left; 0 turns a side off."""

    users: NonNegativeInt = 5
    items: NonNegativeInt = 5


class Temporal(Config):
    """Whole sessions split by their last event (Harte et al. 2023; Boz et al. 2024, section 5)."""

    name: Literal["temporal"] = "temporal"
    test_fraction: Fraction = 0.2
    """Share of sessions, those that end last, that become test cases."""
    valid_fraction: Fraction = 0.1
    """Share of training sessions that is held out of the fit of models that stop early."""
    valid_max: PositiveInt = 500
    """At most this many held-out sessions."""
    fold: PositiveInt | None = None
    """Forward-chaining fold to evaluate instead of the test sessions, which then stay untouched: training on the
    first `fold` bins of the training sessions, testing on the next. For choosing hyper-parameters."""
    n_bins: Annotated[int, Field(ge=2)] = 4
    """Equal bins, in time, that the training sessions are cut into for the folds."""


class LeaveOneOut(Config):
    """Per user: the last item is the test target, the last but one the validation target, the rest is training."""

    name: Literal["leave_one_out"] = "leave_one_out"


class Full(Config):
    """Ranking against the whole catalogue."""

    name: Literal["full"] = "full"
    catalogue: Literal["trained", "all"] = "trained"
    """Rank the items that training has seen, or every item of the prepared data."""


class Sampled(Config):
    """Ranking against a frozen sample per case, which excludes the target and all items of the user.

    Sampled metrics are not comparable with full ones, nor with those of another sample size.
    """

    name: Literal["sampled"] = "sampled"
    n: PositiveInt = 99
    """Negatives per case."""
    seed: int = 0


class Protocol(Config):
    """Everything that decides what a number means."""

    core: Core = Core()
    split: Annotated[Temporal | LeaveOneOut, Field(discriminator="name")]
    ties: Literal["random", "file"] = "random"
    """Order among equal timestamps of one user: a seeded shuffle, or the order of the dump. Dumps are often sorted by
    item id, which a model can learn; `file` is for comparison with papers that did."""
    seed: int = 0
    """Seed of the tie shuffle and of the held-out sessions: the same data for every model and every seed."""
    seen: Literal["exclude", "keep"] = "exclude"
    """Whether items of the prompt may be recommended again."""
    candidates: Annotated[Full | Sampled, Field(discriminator="name")] = Full()
    cutoffs: Listed[PositiveInt] = (1, 5, 10, 20)
    """List lengths at which metrics are taken."""
    refit: bool = False
    """Whether a model that stops early is trained once more, on training and validation together, for the number of
    epochs that validation chose."""
    counts: Literal["train", "all"] = "train"
    """Interactions that novelty, serendipity and popularity slices count: training only, or the whole data, test
    included, as the papers do."""

    @property
    def k(self) -> int:
        """Length of the lists that are kept: the largest cut-off."""
        return max(self.cutoffs)
