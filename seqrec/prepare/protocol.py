"""The protocol of a comparison: one frozen object. Results under different digests never share a table."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from seqrec.config import Config, Listed
from seqrec.prepare.splits import AnySplit
from seqrec.prepare.ties import Ties


class Core(Config):
    """Iterated p-core: users and items with fewer interactions leave, until none has; 0 turns a side off."""

    users: NonNegativeInt = 5
    items: NonNegativeInt = 5


class Full(Config):
    """Ranking against the whole catalogue."""

    name: Literal["full"] = "full"
    catalogue: Literal["trained", "all"] = "trained"
    """Rank the items that training has seen, or every item of the prepared data."""


class Sampled(Config):
    """Ranking against a frozen sample per case, which excludes the target and all items of the user.

    The sample is drawn from the items that training has seen. Sampled metrics are not comparable with full
    ones, nor with those of another sample size.
    """

    name: Literal["sampled"] = "sampled"
    n: PositiveInt = 99
    """Negatives per case."""
    seed: int = 0


class Protocol(Config):
    """Everything that decides what a number means."""

    core: Core = Core()
    split: AnySplit
    ties: Ties = "random"
    """Order among equal timestamps of one user: a seeded shuffle, or the order of the dump. Dumps are often
    sorted by item id, which a model can learn; `file` is for comparison with papers that did."""
    seed: int = 0
    """Seed of the tie shuffle and of the held-out sessions: the same data for every model and every seed."""
    seen: Literal["exclude", "keep"] = "exclude"
    """Whether items of the prompt may be recommended again."""
    candidates: Annotated[Full | Sampled, Field(discriminator="name")] = Full()
    cutoffs: Annotated[Listed[PositiveInt], Field(min_length=1)] = (1, 5, 10, 20)
    """List lengths at which metrics are taken."""
    refit: bool = False
    """Whether a model that stops early is trained once more, on training and validation together, for the
    number of epochs that validation chose."""
    counts: Literal["train", "all"] = "train"
    """Interactions that novelty, serendipity and popularity slices count: training only, or the whole data,
    test included, as the papers do."""

    @property
    def k(self) -> int:
        """Length of the lists that are kept: the largest cut-off."""
        return max(self.cutoffs)
