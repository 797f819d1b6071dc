"""Splits with chosen test cases."""

from dataclasses import replace

import numpy as np

from seqrec.types import Split
from tests.synthetic import split_of


def split_with(
    lengths: tuple[int, ...] = (1, 2, 3, 5, 6, 10, 11, 20, 21, 60),
    targets: list[int] | None = None,
    counts: list[int] | None = None,
) -> Split:
    """Return a split with one case for each prompt length and target; `counts` replace those of the training data."""
    rows = [[1] * length + [target] for length, target in zip(lengths, targets or [0] * len(lengths), strict=True)]
    split = split_of([[0, 1]], [[0, 1]], rows, n_items=10)
    return split if counts is None else replace(split, popularity=np.array(counts, np.int64))


def places(members: dict[str, np.ndarray]) -> dict[str, list[int]]:
    """Return the numbers of the cases in each group."""
    return {name: np.flatnonzero(inside).tolist() for name, inside in members.items()}
