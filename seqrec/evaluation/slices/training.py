"""The slicing of test cases by whether training ever showed their target."""

from seqrec.evaluation.slices.grouping import Members, Slicing, without_empty
from seqrec.types import Split


def by_training(split: Split) -> Members:
    """Groups test cases by whether their target occurs in training."""
    trained = split.training.trained[split.test.targets]
    return without_empty({"new item": ~trained, "trained item": trained})


SLICING = Slicing(
    "New and trained targets",
    "A new item does not occur in training at all: only what is known of it besides, such as its text, can lead to it.",
    by_training,
)
