"""The base of splits: configurations that divide sequences into training, validation and test."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from jaxtyping import Int8

from seqrec.config import Config
from seqrec.types import Cases, Sequences


@dataclass(frozen=True, slots=True)
class Parts:
    """The result of a split; the four parts mean what they mean in `types.Split`."""

    fit: Sequences
    train: Sequences
    valid: Cases
    test: Cases
    whole: Sequences
    """The sequences that were split, unchanged: all of them, or those that a fold uses."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """The counts of what was left out, by reason."""


class SplitConfig(Config):
    """The configuration of a split. One split is one file with one `Config`."""

    name: str

    needs_times: ClassVar[bool] = False
    """Whether the split compares times of different users, for which positions in an order will not do."""

    @property
    def folds(self) -> tuple[int, ...]:
        """The folds of the training sessions, on which settings can be chosen; none by default."""
        return ()

    def at_fold(self, number: int) -> "SplitConfig":
        """Returns the split of one of the `folds`, whose test is a part of the training sessions."""
        raise ValueError(f"the split {self.name} has no fold {number}")

    @abstractmethod
    def split(
        self, sequences: Sequences, seed: int, *, refit: bool, given: Int8[np.ndarray, " n_events"] | None = None
    ) -> Parts:
        """Returns the parts of the split.

        Args:
            sequences: One sequence per user, in chronological order, none empty.
            seed: The seed of every random choice; the order of the sequences affects none of them.
            refit: Whether models are trained once more on training and validation together.
            given: The part that the dump assigns each event to, as in `Events.parts`; None if the dump has no
                parts.
        """
