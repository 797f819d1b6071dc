"""Splits made for their test cases."""

from dataclasses import replace

import numpy as np

from seqrec.types import Split
from tests.synthetic import split_of


def split_with(
    lengths: tuple[int, ...] = (1, 2, 3, 5, 6, 10, 11, 20, 21, 60),
    targets: list[int] | None = None,
    counts: list[int] | None = None,
) -> Split:
    """One case for each length of prompt, with its target; `counts` in place of those of the training."""
    rows = [[1] * length + [target] for length, target in zip(lengths, targets or [0] * len(lengths), strict=True)]
    split = split_of([[0, 1]], [[0, 1]], rows, n_items=10)
    return split if counts is None else replace(split, popularity=np.array(counts, np.int64))


def places(members: dict[str, np.ndarray]) -> dict[str, list[int]]:
    """The numbers of the cases of each group."""
    return {name: np.flatnonzero(inside).tolist() for name, inside in members.items()}
