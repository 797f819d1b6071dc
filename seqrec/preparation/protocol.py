"""The protocol of a comparison, one frozen object. Results under different digests never share a table."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt

from seqrec.config import Config, Listed
from seqrec.preparation.shuffle import Shuffle
from seqrec.preparation.splits import AnySplit
from seqrec.preparation.splits.held_out import Fraction
from seqrec.preparation.ties import Ties


class Core(Config):
    """The core filter (p-core): removes users and items with too few interactions until all have enough."""

    users: NonNegativeInt = 5
    """The number of interactions that a user needs; 0 keeps all users."""
    items: NonNegativeInt = 5
    """The number of interactions that an item needs; 0 keeps all items."""


class Full(Config):
    """Ranking against the whole catalogue."""

    name: Literal["full"] = "full"
    catalogue: Literal["trained", "all"] = "trained"
    """Whether the items seen in training are ranked, or every item of the prepared data."""


class Sampled(Config):
    """Ranking of the candidates that are shown with each case; they are the same for every model and seed.

    The candidates are the target and a sample of the items seen in training, each at most once, in a seeded order.
    Models rank only these, in validation as in the test. Sampled metrics are not comparable with full ones, nor
    with those of another sample size or exclusion.
    """

    name: Literal["sampled"] = "sampled"
    n: PositiveInt = 99
    """The number of negatives per case: items that the target is ranked against."""
    exclude: Literal["interacted", "prompt"] = "interacted"
    """The items that are never negatives of a test case: all items that the user ever interacts with, including the
    target, or only those of the prompt. Validation excludes nothing later than its target. `prompt` is the looser rule
    of LLM-SRec's code, for comparison with it: the target may be drawn as its own negative (in n of n_candidates
    cases, 0.3 to 0.6 % there), and so may later items of the user. An item is ranked only once, so a case that draws
    its target has one negative fewer."""
    seed: int = 0
    """The seed of the sample."""


def _ascending(cutoffs: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(cutoffs)))


class Protocol(Config):
    """Everything that determines what a metric means.

    A case asks a model for the next item of a user: it shows the prompt, the user's items so far, and checks where the
    model ranks the target, the item that came next.
    """

    users: PositiveInt | None = None
    """The number of users drawn from the dump, by `seed`, before the core filter; all if left out."""
    core: Core = Core()
    split: AnySplit
    """How sequences are split into training, validation and test."""
    ties: Ties = "random"
    """The order among equal timestamps of one user: a seeded shuffle, or the order of the dump. Dumps are often sorted
    by item id, which a model can learn; `file` is for comparison with papers that kept this order."""
    seed: int = 0
    """The seed of the drawn users and cases, the tie shuffle and the held-out sessions. The data are the same for
    every model and every training seed."""
    cold_items: Fraction | None = None
    """The share of all items, drawn by `seed`, that are kept out of training and of all prompts, and remain candidates
    and targets of the test: how well does a model recommend what is new? None are kept out if left out."""
    max_cases: PositiveInt | None = None
    """The largest number of test cases, and of validation cases, drawn by `seed`; all if left out. For models that
    take seconds per case."""
    max_history: Annotated[int, Field(ge=2)] | None = None
    """The number of last events that are kept of every training sequence and every prompt, after the split; all if
    left out. The rest is not training data: an item that occurs nowhere else is not a candidate of the trained
    catalogue. A test target does not count as an event here."""
    shuffle: Shuffle | None = None
    """Shuffles histories, after `max_history` has cut them; no shuffle if left out."""
    seen: Literal["exclude", "keep"] = "exclude"
    """Whether items of the prompt may be recommended again."""
    candidates: Annotated[Full | Sampled, Field(discriminator="name")] = Full()
    """The items that a target is ranked against: the whole catalogue, or a sample of it."""
    cutoffs: Annotated[Listed[PositiveInt], Field(min_length=1), AfterValidator(_ascending)] = (1, 5, 10, 20)
    """The list lengths of the metrics, in any order; duplicates count once."""
    refit: bool = False
    """Whether a model that stops early is trained once more, on training and validation together, for the
    number of epochs that validation chose."""
    counts: Literal["train", "all"] = "train"
    """The interactions that novelty, serendipity and popularity slices count: training only, or all data including the
    test, as in the papers."""

    @property
    def k(self) -> int:
        """The length of the lists that are kept: the largest cut-off."""
        return max(self.cutoffs)
