"""Test cases by whether their user goes the way of others (LLM-SRec, Figure 3: transition and non-transition sets)."""

import numpy as np
from jaxtyping import Float64, Int64, Integer

from seqrec.evaluation.slices.grouping import Members, Slicing, lowest, without_empty
from seqrec.types import Cases, Sequences, Split


def by_transitions(split: Split) -> Members:
    """Test cases in halves by their transition score; equal scores are never parted.

    Shuffled histories have no steps that a user took, so their cases stay in one group. (The paper does not join the
    two: its halves are of true histories.)
    """
    if split.shuffled:
        return {"shuffled": np.ones(len(split.test), bool)}
    common = lowest(-transition_scores(split), 0.5)
    return without_empty({"non-transition": ~common, "transition": common})


def transition_scores(split: Split) -> Float64[np.ndarray, " n_cases"]:
    """How often, on average, the steps of each case from item to item occur in the training of other users.

    The steps of a case are those inside its prompt and the last one, to the target. The paper counts over all data,
    the user's own steps among them, so that no count is below 1 and every target speaks for itself; here
    training alone counts, without what the same user has in it.
    """
    asked, cases = _steps_of_cases(split.test, split.n_items)
    trained, rows = _steps(split.training.train, split.n_items)
    # Of training, only the steps that some case takes; they are few enough to be told apart by user too.
    steps, asked = np.unique(asked, return_inverse=True)
    places = np.minimum(np.searchsorted(steps, trained), len(steps) - 1)
    taken = steps[places] == trained
    trained, rows = places[taken], rows[taken]
    by_all = np.bincount(trained, minlength=len(steps))[asked]
    by_user = _occurrences(
        _codes(split.test.prompts.users[cases], asked, len(steps)),
        among=_codes(split.training.train.users[rows], trained, len(steps)),
    )
    return np.asarray(np.bincount(cases, weights=by_all - by_user) / np.bincount(cases))


def _steps_of_cases(cases: Cases, n_items: int) -> tuple[Int64[np.ndarray, " n_steps"], Int64[np.ndarray, " n_steps"]]:
    """A number for each step of each case, and the case."""
    steps, rows = _steps(cases.prompts, n_items)
    last = _codes(cases.prompts.items[cases.prompts.offsets[1:] - 1], cases.targets, n_items)
    return np.concatenate([steps, last]), np.concatenate([rows, np.arange(len(cases), dtype=np.int64)])


def _steps(sequences: Sequences, n_items: int) -> tuple[Int64[np.ndarray, " n_steps"], Int64[np.ndarray, " n_steps"]]:
    """A number for each step from an item to the next, and the sequence that it belongs to."""
    places = np.flatnonzero(sequences.ages > 1)
    return _codes(sequences.items[places], sequences.items[places + 1], n_items), sequences.rows[places]


def _codes(
    first: Integer[np.ndarray, " n"], second: Integer[np.ndarray, " n"], n_second: int
) -> Int64[np.ndarray, " n"]:
    """One number for each pair; `second` is below `n_second`."""
    return np.asarray(first.astype(np.int64) * n_second + second)


def _occurrences(asked: Int64[np.ndarray, " n_asked"], among: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n_asked"]:
    """How often each number occurs among others."""
    known, counts = np.unique(among, return_counts=True)
    if not len(known):
        return np.zeros(len(asked), np.int64)
    places = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[places] == asked, counts[places], 0)


SLICING = Slicing(
    "Transitions",
    "The half of the test cases whose steps from item to item, the one to the target included, occur most often in the "
    "training of other users, and the rest; cases with equal scores stay together. Shuffled histories, whose steps "
    "nobody took, are not parted.",
    by_transitions,
)
