"""Histories with their order taken away, to see what a model makes of order (LLM-SRec, Tables 3 and 4, Figure 1).

Items change places, times and lengths stay: a model that reads dates or positions is told that the new order is
the true one, as in the paper.
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

    Each sequence is permuted once, at random: a user's sequence is in the same order in every epoch, for every
    model, and in a fit as in a refit. Validation cases are never shuffled, so a model is selected on true order.
    """

    part: Literal["train", "test", "both"]
    """Training sequences, the prompts of the test, or both, each by a permutation of its own."""
    keep_last: bool = False
    """Of a training sequence, leave the last item in its place: input shuffled, final target true."""
    window: PositiveInt | None = None
    """Of a test prompt, permute only the last so many items among each other; all of them if left out. For models
    that read no more than that, the set of items they see is then the true one."""
    seed: NonNegativeInt = 0
    """Seed of the permutations."""

    @model_validator(mode="after")
    def _check(self) -> "Shuffle":
        if self.keep_last and self.part == "test":
            raise ValueError('keep_last is about training sequences; part is "test"')
        if self.window is not None and self.part == "train":
            raise ValueError('window is about test prompts; part is "train"')
        return self


def shuffled(parts: Parts, shuffle: Shuffle) -> Parts:
    """The parts with the items of some sequences in other places."""
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
    """The sequences with the items of the `moving` events permuted within each sequence."""
    places = np.flatnonzero(moving)
    order = np.lexsort((_draws(sequences, part, seed)[places], sequences.rows[places]))
    items = sequences.items.copy()
    items[places] = sequences.items[places[order]]
    return replace(sequences, items=items)


def _draws(sequences: Sequences, part: str, seed: int) -> UInt64[np.ndarray, " n_events"]:
    """A number for each event that looks random and depends on nothing but its user, item, time, and the seed.

    Not on its place, so that two sequences of a user that share events, as in fit and train, are permuted alike.
    """
    draws = np.full(sequences.n_events, seed_from("shuffle", part, seed), np.uint64)
    for column in (sequences.users[sequences.rows], sequences.items, sequences.times):
        draws = scramble(draws ^ column.astype(np.uint64))
    return draws
