"""Whole sessions split by the time they end (Harte et al. 2023; Boz et al. 2024, section 5)."""

from typing import Annotated, Literal

import numpy as np
from jaxtyping import Int8, Int64
from pydantic import Field, PositiveInt, model_validator

from seqrec.errors import DataError
from seqrec.preparation.dates import Moment, iso, microseconds
from seqrec.preparation.sequences import at_least, leave_last_out
from seqrec.preparation.splits.base import Parts
from seqrec.preparation.splits.held_out import Fraction, HoldOutConfig, share_of
from seqrec.types import Sequences


class Config(HoldOutConfig):
    """Whole sessions split by their last event (Harte et al. 2023; Boz et al. 2024, section 5).

    A session is a user's whole history and ends at its last event. The sessions that end last are the test: a
    share of all, or those that end at a date or later. They are never cut, so they may begin before training
    ends. Events with items that training never saw leave the test sessions before the last remaining event is
    taken as target; sessions left with fewer than two events are no case.

    Sessions that end at the same time, many where time is a day, stay in the order of the user codes, which is a
    pseudo-random permutation that knows the set of user ids and nothing else: the papers leave it to an unstable
    sort. No seed moves a session over the border, because a single one can move the numbers: on Beauty, 58 sessions
    end on the border day, and which of them train decides the targets of dozens of test cases (`docs/log.md`); a
    date parts no such day. The sessions held out for early stopping are drawn from the training sessions with at
    least two events, and kept whole: an item that only they contain stays in prompt and target, as in the
    papers' code, whose vocabulary comes from all training sessions.
    """

    name: Literal["temporal"] = "temporal"
    test_fraction: Fraction | None = 0.2
    """Share of sessions, those that end last, that become test cases; rounded up. Null where `test_from` decides."""
    test_from: Moment | None = None
    """In place of the fraction: sessions that end at this date or time, or later, become test cases."""
    fold: PositiveInt | None = None
    """Forward-chaining fold to evaluate instead of the test sessions, which then stay untouched: training on
    the first `fold` bins of the training sessions, testing on the next. For choosing hyper-parameters, whichever
    way the test sessions are told apart."""
    n_bins: Annotated[int, Field(ge=2)] = 4
    """Bins of equal size, in the order of time, that the training sessions are cut into for the folds."""

    @model_validator(mode="before")
    @classmethod
    def _date_for_fraction(cls, raw: object) -> object:
        if isinstance(raw, dict) and raw.get("test_from") is not None:
            return {"test_fraction": None} | raw
        return raw

    @model_validator(mode="after")
    def _check(self) -> "Config":
        if (self.test_fraction is None) == (self.test_from is None):
            raise ValueError("test_fraction or test_from says where the test begins: give one of them, not both")
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
        before, after = self._boundary(sequences)
        train = sequences.take(np.sort(before))
        valid, fit = self.hold_out(train, seed)
        raw_test = sequences.take(np.sort(after))
        known = np.isin(raw_test.items, train.items)
        test = at_least(raw_test.keep(known), 2)
        dropped = {
            "test_events_untrained_item": int((~known).sum()),
            "test_sessions_too_short": len(raw_test) - len(test),
        }
        whole = sequences.take(np.sort(np.concatenate([before, after])))
        return Parts(fit, train, valid, leave_last_out(test), whole, dropped)

    def _boundary(self, sequences: Sequences) -> tuple[Int64[np.ndarray, " n_train"], Int64[np.ndarray, " n_test"]]:
        """Rows of training and test, each in the order in which their sessions end."""
        ends = sequences.times[sequences.offsets[1:] - 1]
        rows = np.argsort(ends, kind="stable")
        n_train = self._n_train(ends[rows])
        if self.fold is None:
            return rows[:n_train], rows[n_train:]
        bins = np.array_split(rows[:n_train], self.n_bins)
        return np.concatenate(bins[: self.fold]), bins[self.fold]

    def _n_train(self, ends: Int64[np.ndarray, " n_sequences"]) -> int:
        """How many of the sessions, which end at the ascending `ends`, come before the test."""
        if self.test_from is None:
            assert self.test_fraction is not None
            return len(ends) - share_of(self.test_fraction, len(ends))
        n_train = int(np.searchsorted(ends, microseconds(self.test_from)))
        if n_train in {0, len(ends)}:
            empty = "before it, to train on" if n_train == 0 else "from it on, to test"
            first, last = iso(int(ends[0])), iso(int(ends[-1]))
            raise DataError(
                "protocol.split.test_from",
                got=f"{self.test_from.isoformat()}, with no session that ends {empty}",
                expected=f"a moment that parts the sessions: the first ends at {first}, the last at {last}",
                remedy="Choose one after the first and not after the last, or give test_fraction instead.",
            )
        return n_train
