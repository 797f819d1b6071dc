"""The verdict on a challenger: whether it should answer instead of the champion.

The accuracies are compared case by case on the same test cases, and the interval of their difference covers the chance
of seeds and of cases (`seqrec.evaluation.estimate`). Guardrails are properties of the lists that must not get worse
than a limit, however accurate the challenger is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float64
from pydantic import Field, PositiveFloat

from seqrec.config import Config, Share
from seqrec.evaluation.estimate import estimate_difference
from seqrec.evaluation.results import Cell
from seqrec.json_value import Value

Decision = Literal["PROMOTE", "HOLD", "REJECT"]


class Rulebook(Config):
    """When a challenger is promoted."""

    minimum_effect: Annotated[float, Field(ge=0.0)] = 0.0
    """The smallest gain of the ranking metric that is worth a change; the whole interval must lie above it."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    """The confidence of the interval of the difference."""
    coverage_kept: Share = 0.5
    """The least coverage of a challenger, as a share of the champion's."""
    popular_share: Share = 0.9
    """The largest share of recommendations that may go to the most popular hundredth of the catalogue."""
    filled_share: Share = 0.99
    """The least share of places in the lists that must be filled."""
    latency_ms: PositiveFloat = 100.0
    """The longest mean time per list, in milliseconds, on the machine that evaluates."""


@dataclass(frozen=True, slots=True)
class Lists(Value):
    """Properties of a model's lists that guardrails look at."""

    coverage: float
    """Share of the catalogue that occurs in a list."""
    popular_share: float
    """Share of the recommendations that go to the most popular hundredth of the catalogue, at least one item."""
    filled_share: float
    """Share of the places that are filled."""
    latency_ms: float
    """Mean time per list."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A model under comparison, with all its seeds."""

    label: str
    values: Float64[np.ndarray, "n_seeds n_cases"]
    """The ranking metric of each case."""
    one_training: bool
    """Whether this is a single one of many possible trainings."""
    lists: Lists


@dataclass(frozen=True, slots=True)
class Ruling(Value):
    """A decision and what it rests on."""

    decision: Decision
    reasons: tuple[str, ...]
    challenger: str
    champion: str | None
    difference: Cell | None
    """The challenger's metric minus the champion's; None without a champion."""
    lists: Lists
    """Properties of the challenger's lists."""


def decide(challenger: Contender, champion: Contender | None, rules: Rulebook, cautions: tuple[str, ...]) -> Ruling:
    """Returns the verdict on a challenger.

    * REJECT: a guardrail is broken, or the challenger is worse beyond chance.
    * PROMOTE: there is no champion, or the whole interval of the gain lies above the minimum effect.
    * HOLD: anything else, such as a gain that may be chance, one training, an audit that warns, or a challenger that is
      the champion.

    Args:
        challenger: The model that may be promoted.
        champion: The model that answers today, judged on the same cases; the challenger itself if it answers; None if
            there is none.
        rules: The limits.
        cautions: Sentences that speak against a promotion, whatever the model reaches, such as warnings of the audit.
    """
    difference = (
        None if champion is None or champion is challenger else _difference(challenger, champion, rules.confidence)
    )
    decision, reasons = _decide(challenger, champion, difference, rules, cautions)
    label = None if champion is None else champion.label
    return Ruling(decision, tuple(reasons), challenger.label, label, difference, challenger.lists)


def _decide(
    challenger: Contender,
    champion: Contender | None,
    difference: Cell | None,
    rules: Rulebook,
    cautions: tuple[str, ...],
) -> tuple[Decision, list[str]]:
    broken = [*_broken(challenger.lists, None if champion is None else champion.lists, rules)]
    if broken:
        return "REJECT", [*broken, *cautions]
    if champion is challenger:
        return "HOLD", [f"{champion.label} is the champion's configuration.", *cautions]
    if champion is None or difference is None:
        return ("HOLD", [*cautions]) if cautions else ("PROMOTE", ["There is no champion yet."])
    if difference.high is not None and difference.high < 0.0:
        return "REJECT", [f"It is worse than {champion.label} beyond chance: {_shown(difference)}."]
    doubts = [*_doubts(challenger, champion, difference, rules), *cautions]
    if doubts:
        return "HOLD", doubts
    return "PROMOTE", [f"It is better than {champion.label} beyond chance: {_shown(difference)}."]


def _difference(challenger: Contender, champion: Contender, confidence: float) -> Cell:
    found = estimate_difference(challenger.values, champion.values)
    return Cell(found.value, None, *found.interval(confidence))


def _broken(lists: Lists, champion: Lists | None, rules: Rulebook) -> Iterator[str]:
    if champion is not None and lists.coverage < rules.coverage_kept * champion.coverage:
        yield (
            f"Its lists cover {lists.coverage:.1%} of the catalogue, the champion's {champion.coverage:.1%}; at least "
            f"{rules.coverage_kept:.0%} of that is required."
        )
    if lists.popular_share > rules.popular_share:
        yield (
            f"{lists.popular_share:.1%} of its recommendations go to the most popular hundredth of the catalogue; at "
            f"most {rules.popular_share:.0%} may."
        )
    if lists.filled_share < rules.filled_share:
        yield f"Only {lists.filled_share:.1%} of the places in its lists are filled; {rules.filled_share:.0%} must be."
    if lists.latency_ms > rules.latency_ms:
        yield f"A list takes {lists.latency_ms:.1f} ms; at most {rules.latency_ms:g} ms are allowed."


def _doubts(challenger: Contender, champion: Contender, difference: Cell, rules: Rulebook) -> Iterator[str]:
    for one in (challenger, champion):
        if one.one_training:
            yield f"{one.label} was trained with one seed, which tells nothing about others. Train with more seeds."
    if difference.low is None:
        yield "A single test case has no interval."
    elif difference.low <= rules.minimum_effect:
        effect = f" the minimum effect of {rules.minimum_effect:g}" if rules.minimum_effect else " zero"
        yield f"The gain over {champion.label} may be chance: {_shown(difference)}, which is not above{effect}."


def _shown(difference: Cell) -> str:
    if difference.low is None or difference.high is None:
        return f"{difference.mean:+.4f}"
    return f"{difference.mean:+.4f}, interval {difference.low:+.4f} to {difference.high:+.4f}"
