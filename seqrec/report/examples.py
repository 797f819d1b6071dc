"""A few test cases with the answers of every model, which illustrate the numbers."""

from collections.abc import Mapping, Sequence
from textwrap import shorten

import numpy as np
from jaxtyping import Int64

from seqrec.digest import generator_from
from seqrec.report.content import Example
from seqrec.types import Rankings, Split

N_ANSWERS = 5
N_PROMPT = 6
"""The number of most recent events of a prompt that are shown."""
TITLE_LENGTH = 90
"""The number of characters of a title that are shown, since some titles are advertisements of a thousand characters."""


def examples(split: Split, rankings: Mapping[str, Rankings], titles: Sequence[str], n: int = 6) -> tuple[Example, ...]:
    """Draws `n` test cases by a fixed seed: half from all cases, half from those that some model got right.

    Args:
        split: The data that was ranked.
        rankings: The rankings of one seed of each model, by label.
        titles: The title of each item of the vocabulary.
        n: The number of examples; fewer if there are fewer test cases.
    """
    return tuple(_example(int(case), split, rankings, titles) for case in _drawn(split, rankings, n))


def _drawn(split: Split, rankings: Mapping[str, Rankings], n: int) -> Int64[np.ndarray, " n_drawn"]:
    order = generator_from("examples").permutation(len(split.test))
    targets = split.test.targets[:, None]
    found = np.any([(own.lists.items[:, :N_ANSWERS] == targets).any(axis=1) for own in rankings.values()], axis=0)
    right = order[found[order]][: n // 2]
    rest = order[~np.isin(order, right)][: n - len(right)]
    return np.sort(np.concatenate([right, rest])).astype(np.int64)


def _example(case: int, split: Split, rankings: Mapping[str, Rankings], titles: Sequence[str]) -> Example:
    prompt, target = split.test.prompts.sequence(case), int(split.test.targets[case])
    tops = {label: own.lists.items[case, :N_ANSWERS] for label, own in rankings.items()}
    return Example(
        user_id=str(split.training.vocabulary.user_ids[split.test.prompts.users[case]]),
        prompt=tuple(_shown(titles[item]) for item in prompt[-N_PROMPT:]),
        n_earlier=max(0, len(prompt) - N_PROMPT),
        target=_shown(titles[target]),
        answers={label: tuple(_shown(titles[item]) for item in top if item >= 0) for label, top in tops.items()},
        hits={label: _position(top, target) for label, top in tops.items()},
    )


def _shown(title: str) -> str:
    return shorten(title, TITLE_LENGTH, placeholder=" …")


def _position(top: np.ndarray, target: int) -> int | None:
    found = np.flatnonzero(top == target)
    return int(found[0]) + 1 if len(found) else None
