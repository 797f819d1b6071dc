"""Sessions held out of training, for early stopping."""

from typing import Annotated

import numpy as np
from pydantic import Field, PositiveInt

from seqrec.digest import generator_from
from seqrec.preparation.sequences import leave_last_out
from seqrec.preparation.splits.base import SplitConfig
from seqrec.types import Cases, Sequences

Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]


class HoldOutConfig(SplitConfig):
    """A split that draws its validation sessions from the training sessions."""

    valid_fraction: Fraction = 0.1
    """The share of the training sessions that is held out of the fit of models that stop early; rounded up."""
    valid_max: PositiveInt = 500
    """The largest number of held-out sessions."""

    def hold_out(self, train: Sequences, seed: int) -> tuple[Cases, Sequences]:
        """Returns validation cases, drawn from the sessions with at least two events, and the remaining sessions."""
        eligible = np.flatnonzero(train.lengths >= 2)
        n_valid = min(share_of(self.valid_fraction, len(eligible)), self.valid_max)
        held = np.zeros(len(train), bool)
        held[generator_from("held-out", seed).choice(eligible, n_valid, replace=False)] = True
        return leave_last_out(train.take(np.flatnonzero(held))), train.take(np.flatnonzero(~held))


def share_of(fraction: float, n: int) -> int:
    """Returns a share of `n`, rounded up; 0.1 of 30 is 3, although the product of the floats is slightly larger."""
    return int(np.ceil(round(fraction * n, 9)))
