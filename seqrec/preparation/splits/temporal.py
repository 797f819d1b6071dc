"""The temporal split of whole sessions (Harte et al. 2023; Boz et al. 2024, section 5)."""

from typing import Annotated, ClassVar, Literal

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
    share of all sessions, or those that end on or after a date. They are never cut, so they may begin before
    training ends. Events with items that do not occur in training are removed from the test sessions; the last
    remaining event is the target. Sessions with fewer than two events left give no case.

    Sessions that end at the same time, of which there are many if time is given in days, are ordered by user code,
    a pseudo-random permutation that depends on the set of user ids only; the papers leave this order to an
    unstable sort. No seed moves a session across the border, because even one can change the metrics: on Beauty,
    58 sessions end on the border day, and the choice of those that train determines the targets of dozens of test
    cases (`docs/log.md`). A date never divides such a day. The sessions held out for early stopping are drawn from
    the training sessions with at least two events, and kept whole: an item that only they contain stays in prompt
    and target, as in the papers' code, whose vocabulary comes from all training sessions.
    """

    needs_times: ClassVar[bool] = True

    name: Literal["temporal"] = "temporal"
    test_fraction: Fraction | None = 0.2
    """The share of sessions, those that end last, that become test cases; rounded up. Give either this
    or `test_from`."""
    test_from: Moment | None = None
    """An alternative to the fraction: sessions that end on or after this date or time become test cases."""
    fold: PositiveInt | None = None
    """The forward-chaining fold to evaluate instead of the test sessions, which then stay untouched: models train on
    the first `fold` bins of the training sessions and are tested on the next bin. For choosing hyper-parameters."""
    n_bins: Annotated[int, Field(ge=2)] = 4
    """The number of chronological bins of equal size that the training sessions are divided into for the folds."""

    @model_validator(mode="before")
    @classmethod
    def _date_for_fraction(cls, raw: object) -> object:
        if isinstance(raw, dict) and raw.get("test_from") is not None:
            return {"test_fraction": None} | raw
        return raw

    @model_validator(mode="after")
    def _check(self) -> "Config":
        if (self.test_fraction is None) == (self.test_from is None):
            raise ValueError("test_fraction or test_from says where the test begins; give exactly one of them")
        if self.fold is not None and self.fold >= self.n_bins:
            raise ValueError(f"fold is {self.fold}; with n_bins {self.n_bins} the last fold is {self.n_bins - 1}")
        return self

    @property
    def folds(self) -> tuple[int, ...]:
        """The forward-chaining folds, by the number of bins that train."""
        return tuple(range(1, self.n_bins))

    def at_fold(self, number: int) -> "Config":
        """Returns the split that trains on the first `number` bins and is tested on the next."""
        return self.model_copy(update={"fold": number})

    def split(
        self,
        sequences: Sequences,
        seed: int,
        *,
        refit: bool,  # noqa: ARG002 - train has them anyway
        given: Int8[np.ndarray, " n_events"] | None = None,  # noqa: ARG002 - the split is our own
    ) -> Parts:
        """Returns training sessions, held-out cases and test cases; see the class."""
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
        """Returns the rows of training and test sessions, each ordered by the end of the session."""
        ends = sequences.times[sequences.offsets[1:] - 1]
        rows = np.argsort(ends, kind="stable")
        n_train = self._n_train(ends[rows])
        if self.fold is None:
            return rows[:n_train], rows[n_train:]
        bins = np.array_split(rows[:n_train], self.n_bins)
        return np.concatenate(bins[: self.fold]), bins[self.fold]

    def _n_train(self, ends: Int64[np.ndarray, " n_sequences"]) -> int:
        """Returns how many sessions come before the test, given their ascending `ends`."""
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
                expected=f"a time that divides the sessions: the first ends at {first}, the last at {last}",
                remedy="Choose a time after the first end and not after the last, or give test_fraction instead.",
            )
        return n_train
