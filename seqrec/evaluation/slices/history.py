"""The slicing of test cases by the length of the user's history."""

from collections.abc import Mapping

import numpy as np

from seqrec.evaluation.slices.grouping import Members, Slicing, without_empty
from seqrec.types import Split

HISTORY: Mapping[str, tuple[float, float]] = {
    "1 to 2": (1, 2),
    "3 to 5": (3, 5),
    "6 to 10": (6, 10),
    "11 to 20": (11, 20),
    "over 20": (21, np.inf),
}
"""The first and last length of each bucket."""


def by_history(split: Split) -> Members:
    """Groups test cases by the number of events in the prompt; buckets without a case are left out."""
    lengths = split.test.prompts.lengths
    return without_empty({name: (lengths >= first) & (lengths <= last) for name, (first, last) in HISTORY.items()})


SLICING = Slicing("History length", "The number of events in the prompt.", by_history)
