"""Whole sessions split by the time they end (Harte et al. 2023; Boz et al. 2024, section 5)."""

from typing import Annotated, Literal

import numpy as np
from jaxtyping import Int8, Int64
from pydantic import Field, PositiveInt, model_validator

from seqrec.digest import generator_from
from seqrec.prepare.sequences import at_least, leave_last_out
from seqrec.prepare.splits.base import Parts, SplitConfig
from seqrec.types import Sequences

Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]


class Config(SplitConfig):
    """Whole sessions split by their last event (Harte et al. 2023; Boz et al. 2024, section 5).

    A session is a user's whole history and ends at its last event. The sessions that end last are the test;
    they are never cut, so they may begin before training ends. Events with items that training never saw
    leave the test sessions before the last remaining event is taken as target; sessions left with fewer than
    two events are no case.

    Sessions that end at the same time, many where time is a day, stay in the order of the user codes, which is a
    pseudo-random permutation that knows the set of user ids and nothing else: the papers leave it to an unstable
    sort. No seed moves a session over the border, because a single one can move the numbers: on Beauty, 58 sessions
    end on the border day, and which of them train decides the targets of dozens of test cases (`docs/log.md`). The
    sessions held out for early stopping are drawn from the training
    sessions with at least two events, and kept whole: an item that only they contain stays in prompt and
    target, as in the papers' code, whose vocabulary comes from all training sessions.
    """

    name: Literal["temporal"] = "temporal"
    test_fraction: Fraction = 0.2
    """Share of sessions, those that end last, that become test cases; rounded up."""
    valid_fraction: Fraction = 0.1
    """Share of the training sessions that is held out of the fit of models that stop early; rounded up."""
    valid_max: PositiveInt = 500
    """At most this many held-out sessions."""
    fold: PositiveInt | None = None
    """Forward-chaining fold to evaluate instead of the test sessions, which then stay untouched: training on
    the first `fold` bins of the training sessions, testing on the next. For choosing hyper-parameters."""
    n_bins: Annotated[int, Field(ge=2)] = 4
    """Bins of equal size, in the order of time, that the training sessions are cut into for the folds."""

    @model_validator(mode="after")
    def _check_fold(self) -> "Config":
        if self.fold is not None and self.fold >= self.n_bins:
            raise ValueError(f"fold is {self.fold}; with n_bins {self.n_bins} the last fold is {self.n_bins - 1}")
        return self

    def split(
        self,
        sequences: Sequences,
        seed: int,
        *,
        refit: bool,  # noqa: ARG002 - train has them anyway
        given: Int8[np.ndarray, " n_events"] | None = None,  # noqa: ARG002 - the split is our own
    ) -> Parts:
        """Training sessions, those held out of them, and test cases; see the class."""
        before, after = self._boundary(_by_end(sequences))
        train = sequences.take(np.sort(before))
        valid, fit = self._hold_out(train, seed)
        raw_test = sequences.take(np.sort(after))
        known = np.isin(raw_test.items, train.items)
        test = at_least(raw_test.keep(known), 2)
        dropped = {
            "test_events_untrained_item": int((~known).sum()),
            "test_sessions_too_short": len(raw_test) - len(test),
        }
        whole = sequences.take(np.sort(np.concatenate([before, after])))
        return Parts(fit, train, leave_last_out(valid), leave_last_out(test), whole, dropped)

    def _boundary(
        self, rows: Int64[np.ndarray, " n_sequences"]
    ) -> tuple[Int64[np.ndarray, " n_train"], Int64[np.ndarray, " n_test"]]:
        """Rows of training and test, from the rows in the order in which their sessions end."""
        n_train = len(rows) - _share(self.test_fraction, len(rows))
        if self.fold is None:
            return rows[:n_train], rows[n_train:]
        bins = np.array_split(rows[:n_train], self.n_bins)
        return np.concatenate(bins[: self.fold]), bins[self.fold]

    def _hold_out(self, train: Sequences, seed: int) -> tuple[Sequences, Sequences]:
        """Validation sessions, and the rest of the training sessions."""
        eligible = np.flatnonzero(train.lengths >= 2)
        n_valid = min(_share(self.valid_fraction, len(eligible)), self.valid_max)
        held = np.zeros(len(train), bool)
        held[generator_from("held-out", seed).choice(eligible, n_valid, replace=False)] = True
        return train.take(np.flatnonzero(held)), train.take(np.flatnonzero(~held))


def _by_end(sequences: Sequences) -> Int64[np.ndarray, " n_sequences"]:
    return np.argsort(sequences.times[sequences.offsets[1:] - 1], kind="stable")


def _share(fraction: float, n: int) -> int:
    """Share of n, rounded up; 0.1 of 30 is 3 although the product of the floats is a little more."""
    return int(np.ceil(round(fraction * n, 9)))
