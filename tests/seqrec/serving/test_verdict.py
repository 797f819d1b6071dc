"""The verdict on a challenger, with known differences and broken guardrails."""

from dataclasses import replace

import numpy as np
import pytest

from seqrec.serving.verdict import Contender, Lists, Rulebook, decide

GOOD = Lists(coverage=0.5, popular_share=0.1, filled_share=1.0, latency_ms=2.0)


def contender(label: str, mean: float, n_seeds: int = 5, **changes: object) -> Contender:
    """Return a model whose metric is `mean` on average, with a little noise over seeds and cases."""
    cases = np.random.default_rng(0).normal(0.0, 0.1, 2_000)
    own = np.random.default_rng(int(mean * 1e6)).normal(0.0, 0.1, (n_seeds, 2_000))
    values = mean + cases + own
    return replace(Contender(label, values, one_training=n_seeds == 1, lists=GOOD), **changes)


CHAMPION = contender("old", 0.50)
RULES = Rulebook()


def test_without_a_champion_the_challenger_answers() -> None:
    ruling = decide(contender("new", 0.3), None, RULES, ())
    assert (ruling.decision, ruling.reasons, ruling.difference) == ("PROMOTE", ("There is no champion yet.",), None)


def test_a_gain_beyond_chance_is_promoted() -> None:
    ruling = decide(contender("new", 0.56), CHAMPION, RULES, ())
    assert ruling.decision == "PROMOTE"
    assert ruling.difference is not None
    assert ruling.difference.mean == pytest.approx(0.06, abs=0.01)
    assert "better than old beyond chance: +0.0" in ruling.reasons[0]


def test_a_gain_below_the_minimum_effect_is_held() -> None:
    ruling = decide(contender("new", 0.56), CHAMPION, Rulebook(minimum_effect=0.2), ())
    assert ruling.decision == "HOLD"
    assert "not above the minimum effect of 0.2" in ruling.reasons[0]


def test_a_gain_that_may_be_chance_is_held() -> None:
    ruling = decide(contender("new", 0.501), CHAMPION, RULES, ())
    assert ruling.decision == "HOLD"
    assert "may be chance" in ruling.reasons[0]


def test_a_loss_beyond_chance_is_rejected() -> None:
    ruling = decide(contender("new", 0.44), CHAMPION, RULES, ())
    assert ruling.decision == "REJECT"
    assert "worse than old beyond chance: -0.0" in ruling.reasons[0]


@pytest.mark.parametrize("sides", [(1, 5), (5, 1)])
def test_one_training_is_no_verdict(sides: tuple[int, int]) -> None:
    ruling = decide(contender("new", 0.56, sides[0]), contender("old", 0.5, sides[1]), RULES, ())
    assert ruling.decision == "HOLD"
    assert "was trained with one seed" in ruling.reasons[0]


def test_a_caution_holds_even_the_first_one() -> None:
    for champion in (None, CHAMPION):
        ruling = decide(contender("new", 0.56), champion, RULES, ("Half of the targets are known.",))
        assert (ruling.decision, ruling.reasons) == ("HOLD", ("Half of the targets are known.",))


def test_the_champion_itself_is_held_and_not_compared() -> None:
    ruling = decide(CHAMPION, CHAMPION, RULES, ("Half of the targets are known.",))
    assert (ruling.decision, ruling.champion, ruling.difference) == ("HOLD", "old", None)
    assert ruling.reasons == ("old is the champion's configuration.", "Half of the targets are known.")
    crowded = replace(CHAMPION, lists=replace(GOOD, popular_share=0.95))
    assert decide(crowded, crowded, RULES, ()).decision == "REJECT"


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        (replace(GOOD, coverage=0.2), "cover 20.0% of the catalogue, the champion's 50.0%"),
        (replace(GOOD, popular_share=0.95), "95.0% of its recommendations go to the most popular"),
        (replace(GOOD, filled_share=0.9), "Only 90.0% of the places"),
        (replace(GOOD, latency_ms=101.0), "A list takes 101.0 ms"),
    ],
)
def test_a_broken_guardrail_rejects_however_accurate(lists: Lists, words: str) -> None:
    ruling = decide(contender("new", 0.9, lists=lists), CHAMPION, RULES, ())
    assert ruling.decision == "REJECT"
    assert words in ruling.reasons[0]


def test_chance_alone_promotes_rarely() -> None:
    """Seeds and cases alone promote at most 5 % of the challengers that are equally good."""
    rng, n_promoted = np.random.default_rng(0), 0
    for _ in range(300):
        cases = rng.normal(0.5, 0.15, 400)
        one, other = (cases + rng.normal(0.0, 0.01, (3, 1)) + rng.normal(0.0, 0.1, (3, 400)) for _ in range(2))
        ruling = decide(replace(CHAMPION, values=one), replace(CHAMPION, values=other), RULES, ())
        n_promoted += ruling.decision == "PROMOTE"
    assert n_promoted / 300 <= 0.05
