"""The reference agrees with the fast ranking, and detects rankings that were tampered with."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from seqrec.errors import EvaluationError
from seqrec.evaluation import blocks, metrics
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.ranking import rank
from seqrec.evaluation.reference import N_CASES, sampled_rows, verify
from seqrec.evaluation.slow_metrics import slow_metrics
from seqrec.evaluation.tiles import Scorer
from seqrec.evaluation.witness import Witness
from seqrec.types import Lists, Places, Rankings, Rules, Sequences, Split
from tests.seqrec.evaluation.scorers import CPU, TableScorer
from tests.synthetic import random_split, with_rules

N_ITEMS, K, CUTOFFS = 150, 6, (1, 3, 6)


@dataclass
class Products:
    """Scores whose rounding depends on the shape of the product."""

    factors: torch.Tensor
    table: torch.Tensor
    name: str = "products"
    device: torch.device = CPU

    def encode(self, prompts: Sequences, rules: Rules) -> torch.Tensor:
        return self.factors[torch.from_numpy(prompts.users).long()]

    def score(self, queries: torch.Tensor, start: int, stop: int) -> torch.Tensor:
        return queries @ self.table[start:stop].T

    def score_shown(self, prompts: Sequences, shown: np.ndarray) -> torch.Tensor:
        factors = self.factors[torch.from_numpy(prompts.users).long()]
        return (factors[:, None] * self.table[torch.from_numpy(shown).long()]).sum(2)


@pytest.fixture
def split() -> Split:
    made = random_split(N_ITEMS, n_train=100, n_valid=2, n_test=40)
    candidates = np.arange(N_ITEMS) % 7 > 0
    # Some targets are not candidates, and some occur in their own prompt.
    targets = made.test.targets.copy()
    targets[:4] = made.test.prompts.items[made.test.prompts.offsets[:4]]
    return replace(with_rules(made, candidates=candidates, k=K), test=replace(made.test, targets=targets))


@pytest.fixture
def sampled(split: Split) -> Split:
    rng = np.random.default_rng(1)
    negatives = np.array([rng.choice(N_ITEMS, 20, replace=False) for _ in range(len(split.test))], np.int32)
    negatives[negatives == split.test.targets[:, None]] = -1
    shown = np.concatenate([negatives, split.test.targets[:, None]], axis=1)
    return replace(split, test=replace(split.test, shown=shown))


def counted(seed: int = 0) -> TableScorer:
    """Return integer scores, many of them equal, with some items that are never recommended."""
    table = np.random.default_rng(seed).integers(0, 30, (40, N_ITEMS)).astype(np.float32)
    table[table == 29] = -np.inf
    return TableScorer(table)


def products(seed: int = 0) -> Products:
    generator = torch.Generator().manual_seed(seed)
    return Products(torch.randn(40, 32, generator=generator), torch.randn(N_ITEMS, 32, generator=generator))


Ranked = tuple[Rankings, Witness]


def ranked(model: Scorer, split: Split) -> Ranked:
    witness = Witness(sampled_rows(len(split.test), "key"), split.n_items, CPU)
    return rank(model, split.test, split.training.rules, witness), witness


def checked(found: Ranked, split: Split) -> int:
    rankings, witness = found
    judged = Judged(rankings, split.test.targets, split.popularity)
    return verify(judged, split.test, split.training.rules, witness, CUTOFFS, "model")


SCORERS = pytest.mark.parametrize("make", [counted, products])


@SCORERS
@pytest.mark.parametrize("exclude_seen", [True, False])
@pytest.mark.parametrize("in_tiles", [True, False])
def test_it_agrees_with_the_fast_way(
    make: Callable[[], Scorer],
    exclude_seen: bool,
    in_tiles: bool,
    split: Split,
    sampled: Split,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if in_tiles:
        monkeypatch.setitem(blocks.MAX_SCORES, "cpu", 340)
        monkeypatch.setitem(blocks.MIN_PROMPTS, "cpu", 10)
    for data in (split, sampled):
        changed = with_rules(data, exclude_seen=exclude_seen)
        assert checked(ranked(make(), changed), changed) == N_CASES


def with_lists(rankings: Rankings, items: np.ndarray, scores: np.ndarray | None = None) -> Rankings:
    return replace(rankings, lists=Lists(items, rankings.lists.scores if scores is None else scores))


def off_by_one(rankings: Rankings) -> Rankings:
    """Shift the items, as if the last tile began one item too early."""
    items = rankings.lists.items
    return with_lists(rankings, np.where(items > N_ITEMS // 2, items - 1, items))


def of_the_next_case(rankings: Rankings) -> Rankings:
    return rankings.take(np.roll(np.arange(len(rankings)), 1))


def counted_above(rankings: Rankings) -> Rankings:
    places = rankings.places
    return replace(rankings, places=Places(places.better + places.tied, np.minimum(places.tied, 1)))


def ties_forgotten(rankings: Rankings) -> Rankings:
    places = rankings.places
    return replace(rankings, places=Places(places.better, np.minimum(places.tied, 1)))


def ties_reversed(rankings: Rankings) -> Rankings:
    """Order equal scores in the lists with the higher index first."""
    lists = rankings.lists
    order = np.lexsort([-lists.items, -lists.scores], axis=1)
    return with_lists(rankings, np.take_along_axis(lists.items, order, 1))


def shortened(rankings: Rankings) -> Rankings:
    items, scores = rankings.lists.items.copy(), rankings.lists.scores.copy()
    items[:, -1], scores[:, -1] = -1, -np.inf
    return with_lists(rankings, items, scores)


def best_left_out(rankings: Rankings) -> Rankings:
    """Remove the best item, as if its tile had been forgotten."""
    items, scores = rankings.lists.items.copy(), rankings.lists.scores.copy()
    items[:, :-1], scores[:, :-1] = items[:, 1:], scores[:, 1:]
    items[:, -1] = items[:, -2]
    return with_lists(rankings, items, scores)


def one_place_up(rankings: Rankings) -> Rankings:
    places = rankings.places
    return replace(rankings, places=Places(np.maximum(places.better - 1, 0), places.tied))


def other_scores(rankings: Rankings) -> Rankings:
    return with_lists(rankings, rankings.lists.items, rankings.lists.scores + np.float32(0.25))


TAMPERED = [off_by_one, of_the_next_case, counted_above, shortened, best_left_out, one_place_up, other_scores]


@SCORERS
@pytest.mark.parametrize("tamper", TAMPERED)
def test_it_finds_what_was_tampered_with(
    tamper: Callable[[Rankings], Rankings], make: Callable[[], Scorer], split: Split
) -> None:
    rankings, witness = ranked(make(), split)
    with pytest.raises(EvaluationError) as caught:
        checked((tamper(rankings), witness), split)
    assert caught.value.subject.startswith("model, case ")


@pytest.mark.parametrize("tamper", [ties_forgotten, ties_reversed])
def test_it_finds_broken_ties(tamper: Callable[[Rankings], Rankings], split: Split) -> None:
    rankings, witness = ranked(counted(), split)
    with pytest.raises(EvaluationError):
        checked((tamper(rankings), witness), split)


@SCORERS
@pytest.mark.parametrize("change", ["exclude_seen", "candidates", "shown"])
def test_it_finds_a_forgotten_mask(make: Callable[[], Scorer], change: str, sampled: Split) -> None:
    forgotten = {
        "exclude_seen": lambda: with_rules(sampled, exclude_seen=False),
        "candidates": lambda: with_rules(sampled, candidates=np.ones(N_ITEMS, bool)),
        "shown": lambda: replace(sampled, test=replace(sampled.test, shown=None)),
    }
    found = ranked(make(), forgotten[change]())
    with pytest.raises(EvaluationError):
        checked(found, sampled)


def test_the_error_tells_the_case_and_both_findings(split: Split) -> None:
    rankings, witness = ranked(counted(), split)
    with pytest.raises(EvaluationError) as caught:
        checked((one_place_up(rankings), witness), split)
    assert "model, case" in caught.value.subject
    assert "better" in caught.value.got
    assert "slow reference" in caught.value.expected


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_it_finds_a_broken_metric(name: str, split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = metrics.ACCURACY if name in metrics.ACCURACY else metrics.BEYOND_ACCURACY
    right = registry[name]
    monkeypatch.setitem(registry, name, lambda *arguments: right(*arguments) + 1e-3)
    with pytest.raises(EvaluationError) as caught:
        checked(ranked(counted(), split), split)
    assert f"{name}_at_1" in caught.value.subject


def test_slow_metrics_are_all_there_are(split: Split) -> None:
    judged = Judged(ranked(counted(), split)[0], split.test.targets, split.popularity)
    assert slow_metrics(judged, CUTOFFS) == pytest.approx(metrics.evaluate(judged, CUTOFFS))


def test_without_cases_there_is_nothing_to_compare() -> None:
    split = with_rules(random_split(N_ITEMS, n_test=0), k=K)
    assert checked(ranked(counted(), split), split) == 0
