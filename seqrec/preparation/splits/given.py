"""The split that comes with the dump, as in the benchmark files of Amazon 2023."""

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
    """The split of the dump itself: training, validation if it has one, and test.

    A user's test prompt is everything before the test part, validation included, and the target is the first test
    event. With `targets = "every"`, each test event is a target, and the prompt also holds the test events before
    it. Validation cases come from the validation part in the same way; its events belong to training only in a
    refit. If the dump has no validation part, sessions are held out of training as in the temporal split.

    Equal times are ordered by part, whatever the tie rule. Three things are set aside and counted: events that the
    dump assigns to no part; validation and test events that are older than an event of an earlier part of their
    user, because their prompts would contain the future; and validation and test users without earlier events. Items
    that occur only as targets stay and can't be hit. The core filter comes first and counts all parts together; to
    keep a benchmark that was filtered differently as it is, set both sides of the core to 0.
    """

    name: Literal["given"] = "given"
    targets: Literal["first", "every"] = "first"
    """Whether a user's part gives one case, whose target is its first event, or one case for every event."""

    def split(
        self, sequences: Sequences, seed: int, *, refit: bool, given: Int8[np.ndarray, " n_events"] | None = None
    ) -> Parts:
        """Returns the training parts and cases of the dump; see the class.

        Raises:
            DataError: The dump has no split.
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
        """Returns the cases of one part, and the number of its users without events in an earlier part."""
        rows = ordered.rows
        with_history = np.bincount(rows[parts < part], minlength=len(ordered)) > 0
        places = np.flatnonzero(parts == part)
        cold = ~with_history[rows[places]]
        n_cold = len(np.unique(rows[places[cold]]))
        places = places[~cold]
        if self.targets == "first":
            places = places[np.unique(rows[places], return_index=True)[1]]
        return _cases_at(ordered, places), n_cold


def _in_order(sequences: Sequences, given: Int8[np.ndarray, " n_events"]) -> Bool[np.ndarray, " n_events"]:
    """Returns whether each event is at least as late as all events of its user in earlier parts."""
    # Sequences are chronological, so an event is older than an earlier part if its time is before the last of that
    # part.
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
    """Returns the sequences, each ordered by part, and the part of each event."""
    order = np.lexsort((parts, sequences.rows))
    return Sequences(sequences.offsets, sequences.items[order], sequences.times[order], sequences.users), parts[order]


def _cases_at(sequences: Sequences, places: Int64[np.ndarray, " n_cases"]) -> Cases:
    """Returns one case per event at `places`; the prompt is everything before it in its sequence."""
    rows = sequences.rows[places]
    lengths = places - sequences.offsets[rows]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
    events = np.repeat(sequences.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1], dtype=np.int64)
    prompts = Sequences(offsets, sequences.items[events], sequences.times[events], sequences.users[rows])
    return Cases(prompts, sequences.items[places], sequences.times[places])


def _no_split() -> DataError:
    return DataError(
        "protocol.split",
        got="'given', for a dump that has no split",
        expected='a dump that says which rows are the test: amazon_2023 with source = "benchmark", delivery_hero_dhrd',
        remedy='Set protocol.split.name to "temporal" or "leave_one_out".',
    )
