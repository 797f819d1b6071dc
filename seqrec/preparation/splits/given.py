"""The split that the dump itself brings, such as the benchmark files of Amazon 2023."""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Int8, Int64

from seqrec.errors import DataError
from seqrec.preparation.sequences import at_least
from seqrec.preparation.splits.base import Parts
from seqrec.preparation.splits.held_out import HoldOutConfig
from seqrec.schema import PARTS
from seqrec.types import Cases, Sequences

TRAIN, VALID, TEST = range(len(PARTS))


class Config(HoldOutConfig):
    """The parts that the dump puts its rows in: training, validation where it has one, and test.

    Of each user, the prompt of the test is everything before the test part, validation included, and the target
    is the first test event; or every test event in turn, each with those before it in its prompt. Validation
    cases come from the validation part in the same way; its events belong to training only in a refit. Where
    the dump has no validation part, sessions are held out of training as in the temporal split.

    Among equal times the parts come in their order, whatever the tie rule. Set aside and counted: events whose part
    the dump does not say; events of validation or test that are older than an event of an earlier part of
    their user, since their prompt would know the future; users of validation or test with nothing before it.
    Items that only targets contain stay and can't be hit. The core filter comes first and looks at all parts
    together, so a benchmark that was filtered in another way is kept as it is with both sides at 0.
    """

    name: Literal["given"] = "given"
    targets: Literal["first", "every"] = "first"
    """Whether a user is one case, the first event of the part, or every event of the part is one."""

    def split(
        self, sequences: Sequences, seed: int, *, refit: bool, given: Int8[np.ndarray, " n_events"] | None = None
    ) -> Parts:
        """Training parts and cases as the dump has them; see the class.

        Raises:
            DataError: The dump brings no split.
        """
        if given is None:
            raise _no_split()
        said = given >= 0
        in_order = _in_order(sequences, given)
        ordered, parts = _by_part(sequences.keep(said & in_order), given[said & in_order])
        valid, n_cold_valid = self._cases(ordered, parts, VALID)
        test, n_cold_test = self._cases(ordered, parts, TEST)
        fit = at_least(ordered.keep(parts == TRAIN), 1)
        train = at_least(ordered.keep(parts <= VALID), 1) if refit else fit
        if not (given == VALID).any():
            valid, fit = self.hold_out(train, seed)
        dropped = {
            "events_of_no_part": int((~said).sum()),
            "events_older_than_an_earlier_part": int((said & ~in_order).sum()),
            "valid_users_without_history": n_cold_valid,
            "test_users_without_history": n_cold_test,
        }
        return Parts(fit, train, valid, test, sequences, dropped)

    def _cases(self, ordered: Sequences, parts: Int8[np.ndarray, " n_events"], part: int) -> tuple[Cases, int]:
        """The cases of one part, and how many users it has that are in no earlier one."""
        rows = ordered.rows
        with_history = np.bincount(rows[parts < part], minlength=len(ordered)) > 0
        places = np.flatnonzero(parts == part)
        cold = ~with_history[rows[places]]
        n_cold = len(np.unique(rows[places[cold]]))
        places = places[~cold]
        if self.targets == "first":
            places = places[np.unique(rows[places], return_index=True)[1]]
        return _ask(ordered, places), n_cold


def _in_order(sequences: Sequences, given: Int8[np.ndarray, " n_events"]) -> Bool[np.ndarray, " n_events"]:
    """Whether each event is at least as late as all events of earlier parts of its user."""
    # Sequences stand in the order of time, so an event is older than an earlier part where its time is less than that
    # part's last.
    in_order = np.ones(sequences.n_events, bool)
    rows = sequences.rows
    for part in (VALID, TEST):
        earlier = (given >= 0) & (given < part)
        last = np.full(len(sequences), np.iinfo(np.int64).min)
        np.maximum.at(last, rows[earlier], sequences.times[earlier])
        in_order &= (given != part) | (sequences.times >= last[rows])
    return in_order


def _by_part(
    sequences: Sequences, parts: Int8[np.ndarray, " n_events"]
) -> tuple[Sequences, Int8[np.ndarray, " n_events"]]:
    """The sequences with the parts of each in their order, and the part of each event."""
    order = np.lexsort((parts, sequences.rows))
    return Sequences(sequences.offsets, sequences.items[order], sequences.times[order], sequences.users), parts[order]


def _ask(sequences: Sequences, places: Int64[np.ndarray, " n_cases"]) -> Cases:
    """One case per event at `places`: the prompt is all that comes before it in its sequence."""
    rows = sequences.rows[places]
    lengths = places - sequences.offsets[rows]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
    events = np.repeat(sequences.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1], dtype=np.int64)
    prompts = Sequences(offsets, sequences.items[events], sequences.times[events], sequences.users[rows])
    return Cases(prompts, sequences.items[places], sequences.times[places])


def _no_split() -> DataError:
    return DataError(
        "protocol.split",
        got="'given', for a dump that brings no split",
        expected='one that says which rows are the test: amazon_2023 with source = "benchmark", delivery_hero_dhrd',
        remedy='Set protocol.split.name to "temporal" or "leave_one_out".',
    )
