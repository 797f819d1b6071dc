"""The slicing of test cases by how common their transitions are (LLM-SRec, Figure 3)."""

import numpy as np
from jaxtyping import Float64, Int64, Integer

from seqrec.evaluation.slices.grouping import Members, Slicing, lowest, without_empty
from seqrec.types import Cases, Sequences, Split


def by_transitions(split: Split) -> Members:
    """Groups test cases in halves by their transition score; equal scores are never divided.

    The steps of shuffled histories are not real, so their cases stay in one group. (In the paper, histories are
    not shuffled when they are halved.)
    """
    if split.shuffled:
        return {"shuffled": np.ones(len(split.test), bool)}
    common = lowest(-transition_scores(split), 0.5)
    return without_empty({"non-transition": ~common, "transition": common})


def transition_scores(split: Split) -> Float64[np.ndarray, " n_cases"]:
    """Returns how often, on average, the steps of each case from item to item occur in other users' training.

    The steps of a case are those within its prompt and the last one, to the target. The paper counts over all
    data, including the user's own steps, so that no count is below 1 and every target counts itself. Here only the
    training of other users counts.
    """
    asked, cases = _steps_of_cases(split.test, split.n_items)
    trained, rows = _steps(split.training.train, split.n_items)
    # Only the training steps that occur in some case matter; they are few enough to be counted by user as well.
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
    """Returns a code for each step of each case, and the case."""
    steps, rows = _steps(cases.prompts, n_items)
    last = _codes(cases.prompts.items[cases.prompts.offsets[1:] - 1], cases.targets, n_items)
    return np.concatenate([steps, last]), np.concatenate([rows, np.arange(len(cases), dtype=np.int64)])


def _steps(sequences: Sequences, n_items: int) -> tuple[Int64[np.ndarray, " n_steps"], Int64[np.ndarray, " n_steps"]]:
    """Returns a code for each step from an item to the next, and the sequence that it belongs to."""
    places = np.flatnonzero(sequences.ages > 1)
    return _codes(sequences.items[places], sequences.items[places + 1], n_items), sequences.rows[places]


def _codes(
    first: Integer[np.ndarray, " n"], second: Integer[np.ndarray, " n"], n_second: int
) -> Int64[np.ndarray, " n"]:
    """Returns one code for each pair; `second` is below `n_second`."""
    return np.asarray(first.astype(np.int64) * n_second + second)


def _occurrences(asked: Int64[np.ndarray, " n_asked"], among: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n_asked"]:
    """Returns how often each code occurs among others."""
    known, counts = np.unique(among, return_counts=True)
    if not len(known):
        return np.zeros(len(asked), np.int64)
    places = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[places] == asked, counts[places], 0)


SLICING = Slicing(
    "Transitions",
    "One half are the test cases whose steps from item to item, including the one to the target, occur most often in "
    "the training of other users; cases with equal scores stay together. Shuffled histories, whose steps are not "
    "real, are not divided.",
    by_transitions,
)
