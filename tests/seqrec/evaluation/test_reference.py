"""The reference agrees with the fast way, and finds what is wrong with rankings that were tampered with."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from seqrec.errors import EvaluationError
from seqrec.evaluation import blocks, metrics
from seqrec.evaluation.ranking import rank
from seqrec.evaluation.reference import N_CASES, verify
from seqrec.evaluation.slow_metrics import slow_metrics
from seqrec.evaluation.tiles import Scorer
from seqrec.types import Rankings, Sequences, Split
from tests.seqrec.evaluation.scorers import CPU, TableScorer
from tests.synthetic import random_split

N_ITEMS, K, CUTOFFS = 150, 6, (1, 3, 6)


@dataclass
class Products:
    """Scores that are rounded otherwise in products of another shape."""

    factors: torch.Tensor
    table: torch.Tensor
    name: str = "products"
    device: torch.device = CPU

    def encode(self, prompts: Sequences) -> torch.Tensor:
        return self.factors[torch.from_numpy(prompts.users).long()]

    def score(self, queries: torch.Tensor, start: int, stop: int) -> torch.Tensor:
        return queries @ self.table[start:stop].T


@pytest.fixture
def split() -> Split:
    made = random_split(N_ITEMS, n_train=100, n_valid=2, n_test=40)
    candidates = np.arange(N_ITEMS) % 7 > 0
    # Some targets are no candidates, and some stand in their own prompt.
    targets = made.test.targets.copy()
    targets[:4] = made.test.prompts.items[made.test.prompts.offsets[:4]]
    return replace(made, candidates=candidates, test=replace(made.test, targets=targets))


@pytest.fixture
def sampled(split: Split) -> Split:
    rng = np.random.default_rng(1)
    negatives = np.array([rng.choice(N_ITEMS, 20, replace=False) for _ in range(len(split.test))], np.int32)
    return replace(split, sampled=negatives)


def counted(seed: int = 0) -> TableScorer:
    """Whole numbers, many of them equal, and some items that are never recommended."""
    table = np.random.default_rng(seed).integers(0, 30, (40, N_ITEMS)).astype(np.float32)
    table[table == 29] = -np.inf
    return TableScorer(table)


def products(seed: int = 0) -> Products:
    generator = torch.Generator().manual_seed(seed)
    return Products(torch.randn(40, 32, generator=generator), torch.randn(N_ITEMS, 32, generator=generator))


def ranked(model: Scorer, split: Split) -> Rankings:
    return rank(
        model,
        split.test,
        candidates=split.candidates,
        k=K,
        exclude_seen=split.exclude_seen,
        sampled=split.sampled,
    )


def checked(rankings: Rankings, model: Scorer, split: Split) -> int:
    return verify(rankings, model, split, CUTOFFS, "key")


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
        changed = replace(data, exclude_seen=exclude_seen)
        assert checked(ranked(make(), changed), make(), changed) == N_CASES


def off_by_one(rankings: Rankings) -> Rankings:
    """As if the last tile began an item too early."""
    items = rankings.top_items
    return replace(rankings, top_items=np.where(items > N_ITEMS // 2, items - 1, items))


def of_the_next_case(rankings: Rankings) -> Rankings:
    return Rankings(*(np.roll(getattr(rankings, name), 1, axis=0) for name in Rankings.__slots__))


def counted_above(rankings: Rankings) -> Rankings:
    return replace(rankings, better=rankings.better + rankings.tied, tied=np.minimum(rankings.tied, 1))


def ties_forgotten(rankings: Rankings) -> Rankings:
    return replace(rankings, tied=np.minimum(rankings.tied, 1))


def ties_reversed(rankings: Rankings) -> Rankings:
    """Equals in the list stand with the higher index first."""
    order = np.lexsort([-rankings.top_items, -rankings.top_scores], axis=1)
    return replace(rankings, top_items=np.take_along_axis(rankings.top_items, order, 1))


def shortened(rankings: Rankings) -> Rankings:
    items, scores = rankings.top_items.copy(), rankings.top_scores.copy()
    items[:, -1], scores[:, -1] = -1, -np.inf
    return replace(rankings, top_items=items, top_scores=scores)


def best_left_out(rankings: Rankings) -> Rankings:
    """As if the tile with the best item had been forgotten."""
    items, scores = rankings.top_items.copy(), rankings.top_scores.copy()
    items[:, :-1], scores[:, :-1] = items[:, 1:], scores[:, 1:]
    items[:, -1] = items[:, -2]
    return replace(rankings, top_items=items, top_scores=scores)


def one_place_up(rankings: Rankings) -> Rankings:
    return replace(rankings, better=np.maximum(rankings.better - 1, 0))


TAMPERED = [off_by_one, of_the_next_case, counted_above, shortened, best_left_out, one_place_up]


@SCORERS
@pytest.mark.parametrize("tamper", TAMPERED)
def test_it_finds_what_was_tampered_with(
    tamper: Callable[[Rankings], Rankings], make: Callable[[], Scorer], split: Split
) -> None:
    model = make()
    with pytest.raises(EvaluationError) as caught:
        checked(tamper(ranked(model, split)), model, split)
    assert caught.value.subject.startswith(f"{model.name}, test case ")


@pytest.mark.parametrize("tamper", [ties_forgotten, ties_reversed])
def test_it_finds_broken_ties_where_scores_are_exact(tamper: Callable[[Rankings], Rankings], split: Split) -> None:
    with pytest.raises(EvaluationError):
        checked(tamper(ranked(counted(), split)), counted(), split)


@SCORERS
@pytest.mark.parametrize("change", ["exclude_seen", "candidates", "sampled"])
def test_it_finds_a_forgotten_mask(make: Callable[[], Scorer], change: str, sampled: Split) -> None:
    forgotten = {"exclude_seen": False, "candidates": np.ones(N_ITEMS, bool), "sampled": None}
    rankings = ranked(make(), replace(sampled, **{change: forgotten[change]}))
    with pytest.raises(EvaluationError):
        checked(rankings, make(), sampled)


def test_scores_may_differ_by_rounding_only(split: Split) -> None:
    model = products()
    for noise, fine in ((1e-7, True), (3e-2, False)):
        rng = np.random.default_rng(0)
        table = model.table + torch.from_numpy(rng.normal(0, noise, model.table.shape).astype(np.float32))
        rankings = ranked(replace(model, table=table), split)
        if fine:
            assert checked(rankings, model, split) == N_CASES
        else:
            with pytest.raises(EvaluationError):
                checked(rankings, model, split)


def test_the_error_tells_case_user_and_both_findings(split: Split) -> None:
    rankings = one_place_up(ranked(counted(), split))
    with pytest.raises(EvaluationError) as caught:
        checked(rankings, counted(), split)
    assert "(user 'u" in caught.value.subject
    assert "better" in caught.value.got
    assert "slow reference" in caught.value.expected


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_it_finds_a_broken_metric(name: str, split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = metrics.ACCURACY if name in metrics.ACCURACY else metrics.BEYOND_ACCURACY
    right = registry[name]
    monkeypatch.setitem(registry, name, lambda *arguments: right(*arguments) + 1e-3)
    with pytest.raises(EvaluationError) as caught:
        checked(ranked(counted(), split), counted(), split)
    assert f"{name}_at_1" in caught.value.subject


def test_slow_metrics_are_all_there_are(split: Split) -> None:
    rankings = ranked(counted(), split)
    assert slow_metrics(rankings, split, CUTOFFS) == pytest.approx(metrics.evaluate(rankings, split, CUTOFFS))


def test_without_cases_there_is_nothing_to_hold_against() -> None:
    split = random_split(n_test=0)
    assert checked(ranked(counted(), replace(split, candidates=np.ones(40, bool))), counted(), split) == 0
