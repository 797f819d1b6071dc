"""What a split is: a configuration that parts sequences into training, validation and test."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int8

from seqrec.config import Config
from seqrec.types import Cases, Sequences


@dataclass(frozen=True, slots=True)
class Parts:
    """What a split makes of the sequences; the four parts mean what they mean in `types.Split`."""

    fit: Sequences
    train: Sequences
    valid: Cases
    test: Cases
    whole: Sequences
    """The sequences that were parted, as they came: all of them, or those that a fold looks at."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """What was left out, counted by the reason."""


class SplitConfig(Config):
    """How sequences are parted. One split is one file with one `Config`."""

    name: str

    @abstractmethod
    def split(
        self, sequences: Sequences, seed: int, *, refit: bool, given: Int8[np.ndarray, " n_events"] | None = None
    ) -> Parts:
        """The parts.

        Args:
            sequences: One per user, in the order of time, none empty.
            seed: Decides every random choice; the order of sequences carries none.
            refit: Whether models are trained once more on training and validation together.
            given: For each event, the part that the dump puts it in, as in `Events.parts`; None where it never says.
        """
