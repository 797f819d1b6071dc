"""Shuffled histories, which show how much a model uses order (LLM-SRec, Tables 3 and 4, Figure 1).

Items change places while times and lengths stay. A model that reads dates or positions therefore takes the new
order for the true one, as in the paper.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, UInt64
from pydantic import NonNegativeInt, PositiveInt, model_validator

from seqrec.config import Config
from seqrec.digest import scramble, seed_from
from seqrec.preparation.splits.base import Parts
from seqrec.types import Sequences


class Shuffle(Config):
    """Which sequences are shuffled, and how much of each.

    Each sequence is permuted once, at random: a user's sequence has the same order in every epoch, for every
    model, and in a fit as in a refit. Validation cases are never shuffled, so a model is selected on the true
    order.
    """

    part: Literal["train", "test", "both"]
    """Whether training sequences, test prompts, or both are shuffled, each by its own permutation."""
    keep_last: bool = False
    """Whether a training sequence keeps its last item in place: the input is shuffled, but the final target is true."""
    window: PositiveInt | None = None
    """The number of last items of a test prompt that are permuted; all of them if left out. A model that reads no more
    than that then sees the true set of items."""
    seed: NonNegativeInt = 0
    """The seed of the permutations."""

    @model_validator(mode="after")
    def _check(self) -> "Shuffle":
        if self.keep_last and self.part == "test":
            raise ValueError('keep_last applies to training sequences; part is "test"')
        if self.window is not None and self.part == "train":
            raise ValueError('window applies to test prompts; part is "train"')
        return self


def shuffled(parts: Parts, shuffle: Shuffle) -> Parts:
    """Returns the parts with the sequences shuffled that `shuffle` selects."""
    if shuffle.part != "test":
        fit, train = (_permuted_training(sequences, shuffle) for sequences in (parts.fit, parts.train))
        parts = replace(parts, fit=fit, train=train)
    if shuffle.part != "train":
        prompts = parts.test.prompts
        moving = prompts.ages <= (shuffle.window or np.inf)
        parts = replace(parts, test=replace(parts.test, prompts=_permuted(prompts, moving, "test", shuffle.seed)))
    return parts


def _permuted_training(sequences: Sequences, shuffle: Shuffle) -> Sequences:
    return _permuted(sequences, sequences.ages > int(shuffle.keep_last), "train", shuffle.seed)


def _permuted(sequences: Sequences, moving: Bool[np.ndarray, " n_events"], part: str, seed: int) -> Sequences:
    """Returns the sequences with the items of the `moving` events permuted within each sequence."""
    places = np.flatnonzero(moving)
    order = np.lexsort((_draws(sequences, part, seed)[places], sequences.rows[places]))
    items = sequences.items.copy()
    items[places] = sequences.items[places[order]]
    return replace(sequences, items=items)


def _draws(sequences: Sequences, part: str, seed: int) -> UInt64[np.ndarray, " n_events"]:
    """Returns a pseudo-random number for each event that depends only on its user, item and time, and on the seed.

    It does not depend on the place, so sequences of a user that share events, as in fit and train, are permuted
    alike.
    """
    draws = np.full(sequences.n_events, seed_from("shuffle", part, seed), np.uint64)
    for column in (sequences.users[sequences.rows], sequences.items, sequences.times):
        draws = scramble(draws ^ column.astype(np.uint64))
    return draws
