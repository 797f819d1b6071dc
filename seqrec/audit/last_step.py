"""The last step: whether the event before the target gives it away more often than other events their next one.

People come back to the same item, and shops list a product under several ids. Both happen along the whole history. If
they happen at the step from prompt to target alone, somebody put the answer there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Int32

from seqrec.audit.finding import Finding, named, percent
from seqrec.audit.plain_text import plain_texts, text_codes
from seqrec.types import Split, Texts

CHECK: Final = "last step"
MIN_CASES: Final = 10
"""The number of cases that must be given away before it counts."""
MIN_RATIO: Final = 2.0
"""How many times as often as at other steps."""
MIN_ERRORS: Final = 6.0
"""By how many standard errors of the difference."""


@dataclass(frozen=True, slots=True)
class _Steps:
    """Steps from one item to the next."""

    before: Int32[np.ndarray, " n_steps"]
    after: Int32[np.ndarray, " n_steps"]
    tied: Bool[np.ndarray, " n_steps"]
    """Whether both events have the same time, as in a basket, which rarely contains an item twice."""


def check(split: Split, texts: Texts) -> Iterator[Finding]:
    """Compares the step to the test target with the steps of training, tied and untied ones apart.

    Args:
        split: The data.
        texts: The texts of its items.
    """
    codes = text_codes(plain_texts(texts))
    asked, usual = _last_steps(split), _training_steps(split)
    same, usually_same = (steps.before == steps.after for steps in (asked, usual))
    alike, usually_alike = (
        (codes[steps.before] == codes[steps.after]) & (codes[steps.after] > 0) & (steps.before != steps.after)
        for steps in (asked, usual)
    )
    yield _judged("are the item of the last event of their prompt", "item", same, usually_same, asked, usual, split)
    yield _judged(
        "have the text of the last event of their prompt, under another id",
        *("text", alike, usually_alike, asked, usual, split),
    )


def _last_steps(split: Split) -> _Steps:
    prompts = split.test.prompts
    last = prompts.offsets[1:] - 1
    return _Steps(prompts.items[last], split.test.targets, prompts.times[last] == split.test.target_times)


def _training_steps(split: Split) -> _Steps:
    train = split.training.train
    inside = train.rows[:-1] == train.rows[1:]
    return _Steps(train.items[:-1][inside], train.items[1:][inside], (train.times[:-1] == train.times[1:])[inside])


def _judged(
    does: str,
    what: str,
    given: Bool[np.ndarray, " n_cases"],
    usually: Bool[np.ndarray, " n_steps"],
    asked: _Steps,
    usual: _Steps,
    split: Split,
) -> Finding:
    share, expected, variance = float(given.mean()), 0.0, 0.0
    for tied in (False, True):
        n, n_usual = int((asked.tied == tied).sum()), int((usual.tied == tied).sum())
        # One more hit and one more miss, so that rare steps do not pass for impossible ones.
        rate = (int(usually[usual.tied == tied].sum()) + 1) / (n_usual + 2)
        weight = n / len(given)
        expected += weight * rate
        variance += weight**2 * rate * (1 - rate) * (1 / max(n, 1) + 1 / (n_usual + 2))
    figures = {f"targets_of_the_same_{what}": share, f"other_steps_of_the_same_{what}": expected}
    shown = f"{percent(share)} of test targets {does}; {percent(expected)} would be usual by the steps of training"
    suspicious = (
        not split.shuffled
        and given.sum() >= MIN_CASES
        and share > MIN_RATIO * expected
        and share - expected > MIN_ERRORS * np.sqrt(variance)
    )
    if not suspicious:
        return Finding(CHECK, "ok", f"{shown}.", figures)
    users = split.training.vocabulary.user_ids[split.test.prompts.users[given]]
    sentence = f"{shown}. The event before gives the answer away, as for {named(users)}."
    remedy = "Look at the histories of these users: remove events that were added, or merge ids of the same product."
    return Finding(CHECK, "warning", sentence, figures, remedy)
