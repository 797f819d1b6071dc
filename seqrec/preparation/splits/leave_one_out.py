"""The leave-one-out split: it tests on the end of every user's history, whatever its date."""

from typing import Literal

import numpy as np
from jaxtyping import Int8

from seqrec.preparation.sequences import leave_last_out
from seqrec.preparation.splits.base import Parts, SplitConfig
from seqrec.types import Sequences


class Config(SplitConfig):
    """Leave-one-out: a user's last item is the test target, the one before it the validation target, the rest training.

    The validation item belongs to the test prompt, but to training only in a refit. Users with fewer than three
    events give no case; all their events stay in training. Training knows the future of other users, so metrics
    are not comparable with those of a temporal split. Items that occur only as targets stay, as in the literature,
    and can't be hit.
    """

    name: Literal["leave_one_out"] = "leave_one_out"

    def split(
        self,
        sequences: Sequences,
        seed: int,  # noqa: ARG002 - nothing is drawn
        *,
        refit: bool,
        given: Int8[np.ndarray, " n_events"] | None = None,  # noqa: ARG002 - the split is our own
    ) -> Parts:
        """Returns the training parts, and the cases of every user with at least three events."""
        has_case = (sequences.lengths >= 3)[sequences.rows]
        fit = sequences.keep(~has_case | (sequences.ages > 2))
        train = sequences.keep(~has_case | (sequences.ages > 1)) if refit else fit
        with_case = sequences.take(np.flatnonzero(sequences.lengths >= 3))
        return Parts(
            fit=fit,
            train=train,
            valid=leave_last_out(with_case.keep(with_case.ages > 1)),
            test=leave_last_out(with_case),
            whole=sequences,
            dropped={"test_sessions_too_short": len(sequences) - len(with_case)},
        )
