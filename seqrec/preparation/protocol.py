"""The protocol of a comparison: one frozen object. Results under different digests never share a table."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt

from seqrec.config import Config, Listed
from seqrec.preparation.shuffle import Shuffle
from seqrec.preparation.splits import AnySplit
from seqrec.preparation.ties import Ties


class Core(Config):
    """Iterated p-core: users and items with fewer interactions leave, until none has; 0 turns a side off."""

    users: NonNegativeInt = 5
    """Interactions that a user needs."""
    items: NonNegativeInt = 5
    """Interactions that an item needs."""


class Full(Config):
    """Ranking against the whole catalogue."""

    name: Literal["full"] = "full"
    catalogue: Literal["trained", "all"] = "trained"
    """Rank the items that training has seen, or every item of the prepared data."""


class Sampled(Config):
    """Ranking of the candidates that are shown with each case, the same for every model and seed.

    These are the target and a sample of the items that training has seen, each at most once, in a seeded order. Models
    are asked about them alone, in validation as in the test. Sampled metrics are not comparable with full ones, nor
    with those of another sample size or exclusion.
    """

    name: Literal["sampled"] = "sampled"
    n: PositiveInt = 99
    """Negatives per case."""
    exclude: Literal["interacted", "prompt"] = "interacted"
    """What is no negative of a test case: every item that the user ever met, the target among them, or only the items
    of the prompt. Validation knows nothing later than its target. `prompt` is the looser form of LLM-SRec's code, for
    comparison with it: the target may be drawn as its own negative (n in n_candidates cases, 0.3 to 0.6 % there), and
    so may what the user takes later. An item is ranked once, so a case that draws its target has one negative fewer:
    the target never stands against itself."""
    seed: int = 0
    """Seed of the sample."""


def _ascending(cutoffs: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(cutoffs)))


class Protocol(Config):
    """Everything that decides what a number means."""

    users: PositiveInt | None = None
    """Users drawn from the dump, by `seed`, before the core filter; all if left out."""
    core: Core = Core()
    split: AnySplit
    """How sequences are parted into training, validation and test."""
    ties: Ties = "random"
    """Order among equal timestamps of one user: a seeded shuffle, or the order of the dump. Dumps are often
    sorted by item id, which a model can learn; `file` is for comparison with papers that did."""
    seed: int = 0
    """Seed of the drawn users and cases, the tie shuffle and the held-out sessions: the same data for every model and
    every seed."""
    max_cases: PositiveInt | None = None
    """Ask at most this many test cases, and as many validation cases, drawn by `seed`; all if left out. For models that
    take seconds for each answer."""
    max_history: Annotated[int, Field(ge=2)] | None = None
    """Keep only the last so many events of every training sequence and of every prompt, after the split; all if
    left out. What is cut away is no training: an item that occurs nowhere else is no candidate of the trained
    catalogue. A target of the test never counts."""
    shuffle: Shuffle | None = None
    """Take the order of histories away, after the cut; off if left out."""
    seen: Literal["exclude", "keep"] = "exclude"
    """Whether items of the prompt may be recommended again."""
    candidates: Annotated[Full | Sampled, Field(discriminator="name")] = Full()
    """What a target is ranked against: the whole catalogue, or a sample of it."""
    cutoffs: Annotated[Listed[PositiveInt], Field(min_length=1), AfterValidator(_ascending)] = (1, 5, 10, 20)
    """List lengths at which metrics are taken, in any order; each counts once."""
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
