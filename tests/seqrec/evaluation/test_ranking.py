import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seqrec.errors import TrainingError
from seqrec.evaluation import blocks, ranking
from seqrec.evaluation.metrics import hit_rate, ndcg
from seqrec.evaluation.ranking import rank
from seqrec.types import Cases, Rankings, Sequences
from tests.seqrec.evaluation.scorers import TableScorer
from tests.synthetic import cases_of, random_split


def slow_rank(
    table: np.ndarray,
    cases: Cases,
    candidates: np.ndarray,
    k: int,
    exclude_seen: bool,
    sampled: np.ndarray | None,
) -> list[tuple[list[int], int, int]]:
    """List, better and tied of each case, one item after the other."""
    answers = []
    for case in range(len(cases)):
        target = int(cases.targets[case])
        allowed = {i for i in range(len(candidates)) if candidates[i] and table[case, i] > -np.inf}
        if exclude_seen:
            allowed -= set(cases.prompts.sequence(case).tolist())
        if sampled is not None:
            allowed &= {target, *sampled[case].tolist()}
        top = sorted(allowed, key=lambda i: (-table[case, i], i))[:k]
        limit = table[case, target] if target in allowed else -np.inf
        better = sum(table[case, i] > limit for i in allowed)
        tied = sum(table[case, i] == limit for i in allowed)
        answers.append((top, int(better), int(tied)))
    return answers


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, Cases, np.ndarray, int, bool, np.ndarray | None]:
    n_items, n_cases = draw(st.integers(1, 9)), draw(st.integers(1, 7))
    items = st.integers(0, n_items - 1)
    cases = cases_of(draw(st.lists(st.lists(items, min_size=1, max_size=5), min_size=n_cases, max_size=n_cases)))
    values = st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0])
    table = np.array(draw(st.lists(values, min_size=n_cases * n_items, max_size=n_cases * n_items)), np.float32)
    candidates = np.array(draw(st.lists(st.booleans(), min_size=n_items, max_size=n_items)))
    sampled = None
    if draw(st.booleans()):
        row = st.lists(items, min_size=3, max_size=3)
        sampled = np.array(draw(st.lists(row, min_size=n_cases, max_size=n_cases)), np.int32)
    return (
        table.reshape(n_cases, n_items),
        cases,
        candidates,
        draw(st.integers(1, 11)),
        draw(st.booleans()),
        sampled,
    )


@given(problems(), st.sampled_from([(1, 2), (2, 8), (64, 2**20)]))
def test_agrees_with_the_slow_reference_whatever_the_blocks_and_tiles(problem, sizes) -> None:
    table, cases, candidates, k, exclude_seen, sampled = problem
    with pytest.MonkeyPatch.context() as patch:
        for name, size in zip(("MIN_PROMPTS", "MAX_SCORES"), sizes, strict=True):
            patch.setitem(getattr(blocks, name), "cpu", size)
        found = rank(TableScorer(table), cases, candidates=candidates, k=k, exclude_seen=exclude_seen, sampled=sampled)
    wanted = slow_rank(table, cases, candidates, k, exclude_seen, sampled)
    assert found.better.tolist() == [better for _, better, _ in wanted]
    assert found.tied.tolist() == [tied for _, _, tied in wanted]
    assert found.top_items.shape == (len(cases), k)
    for case, (top, _, _) in enumerate(wanted):
        assert found.top_items[case].tolist() == top + [-1] * (k - len(top))
        assert found.top_scores[case].tolist() == table[case, top].tolist() + [-np.inf] * (k - len(top))


def ranked(row: list[float], rows: list[list[int]], **changes: object) -> Rankings:
    table = np.tile(np.array(row, np.float32), (len(rows), 1))
    settings = {"candidates": np.ones(len(row), bool), "k": 3, "exclude_seen": True} | changes
    return rank(TableScorer(table), cases_of(rows), **settings)


def test_by_hand() -> None:
    found = ranked([0.1, 0.9, 0.5, 0.9, 0.3], [[0, 2], [1, 4]])
    assert found.top_items.tolist() == [[1, 3, 2], [3, 2, 4]]
    assert found.better.tolist() == [2, 2]
    assert found.tied.tolist() == [1, 1]


def test_a_constant_scorer_gets_chance() -> None:
    n_items, k = 50, 10
    found = ranked([0.7] * n_items, [[0, item] for item in range(1, n_items)], k=k)
    n_candidates = n_items - 1  # the prompt's item is out
    assert hit_rate(found, k) == pytest.approx(k / n_candidates)
    assert ndcg(found, k) == pytest.approx((1 / np.log2(np.arange(2, k + 2))).sum() / n_candidates)


def test_a_target_that_the_prompt_holds_is_a_miss_unless_repeats_are_allowed() -> None:
    row = [0.1, 0.9, 0.5]
    assert ranked(row, [[1, 1]], exclude_seen=True).tied.tolist() == [0]
    kept = ranked(row, [[1, 1]], exclude_seen=False)
    assert (kept.better.tolist(), kept.tied.tolist()) == ([0], [1])


def test_a_target_that_is_no_candidate_is_a_miss() -> None:
    found = ranked([0.1, 0.9, 0.5], [[0, 1]], candidates=np.array([True, False, True]))
    assert found.tied.tolist() == [0]
    assert found.top_items.tolist() == [[2, -1, -1]]


def test_an_item_never_recommended_is_a_miss_even_if_all_are() -> None:
    found = ranked([-np.inf] * 4, [[0, 1]])
    assert (found.better.tolist(), found.tied.tolist()) == ([0], [0])
    assert found.top_items.tolist() == [[-1, -1, -1]]
    assert hit_rate(found, 3).tolist() == [0.0]


def test_only_the_sample_counts() -> None:
    found = ranked([0.9, 0.8, 0.7, 0.6, 0.5], [[0, 4]], sampled=np.array([[2, 3]], np.int32), k=5)
    assert found.top_items.tolist() == [[2, 3, 4, -1, -1]]
    assert found.better.tolist() == [2]


def test_a_target_drawn_as_its_own_negative_stands_once() -> None:
    # Under `exclude = "prompt"` a sample may hold the target: it is no rival of its own, and not tied with itself.
    samples = {"with": [[1, 4, 3]], "without": [[1, 3, 3]]}
    for sample in samples.values():
        found = ranked([0.9, 0.8, 0.7, 0.6, 0.5], [[0, 4]], sampled=np.array(sample, np.int32), k=5)
        assert found.top_items.tolist() == [[1, 3, 4, -1, -1]]
        assert (found.better.tolist(), found.tied.tolist()) == ([2], [1])
    constant = ranked([0.5] * 5, [[0, 4]], sampled=np.array(samples["with"], np.int32))
    assert (constant.better.tolist(), constant.tied.tolist()) == ([0], [3])


@pytest.mark.parametrize("place", [1, 4])
def test_nan_is_an_error_that_names_the_model(place: int) -> None:
    row = [0.1] * 5
    row[place] = np.nan
    with pytest.raises(TrainingError) as caught:
        ranked(row, [[0, 1]])
    assert caught.value.subject == "scores of table"
    assert caught.value.got == "NaN"


def test_no_cases() -> None:
    found = ranked([0.1, 0.2, 0.3, 0.4], [])
    assert (len(found), found.top_items.shape) == (0, (0, 3))


def test_a_nan_that_may_not_be_recommended_harms_nobody() -> None:
    assert ranked([np.nan, 0.2, 0.1], [[0, 1]]).better.tolist() == [0]


def test_tiles_with_targets_are_scored_twice_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(blocks.MAX_SCORES, "cpu", 20)
    monkeypatch.setitem(blocks.MIN_PROMPTS, "cpu", 2)
    scored: list[tuple[int, int]] = []

    class Counting(TableScorer):
        def score(self, queries: np.ndarray, start: int, stop: int) -> Tensor:
            scored.append((len(queries), start))
            return super().score(queries, start, stop)

    # Tiles of ten items; the targets of the first tile, and those of the last, share a block whatever their order.
    table = np.random.default_rng(0).normal(size=(4, 40)).astype(np.float32)
    cases = cases_of([[1, 39], [2, 0], [3, 38], [4, 9]])
    rank(Counting(table), cases, candidates=np.ones(40, bool), k=3, exclude_seen=True)
    everything = [(2, start) for start in (0, 10, 20, 30)]
    assert scored == [(2, 0), *everything, (2, 30), *everything]


def test_prompts_of_like_length_are_asked_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(blocks.MAX_SCORES, "cpu", 10)
    monkeypatch.setitem(blocks.MIN_PROMPTS, "cpu", 2)
    lengths: list[list[int]] = []

    class Listening(TableScorer):
        def encode(self, prompts: Sequences) -> np.ndarray:
            lengths.append(prompts.lengths.tolist())
            return super().encode(prompts)

    cases = cases_of([[0, 1, 2, 3], [1, 4], [0, 1, 3, 2], [2, 1], [0, 1, 1, 4]])
    rank(Listening(np.zeros((5, 5), np.float32)), cases, candidates=np.ones(5, bool), k=1, exclude_seen=True)
    assert lengths == [[1, 1], [3, 3], [3]]


GOLDEN = Path(__file__).parent / "golden" / "rankings.json"


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("n_scores", [2**20, 700])
def test_the_rankings_of_a_small_case_are_those_of_the_first_version(
    n_scores: int, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What differs on a GPU, but for its arithmetic, is done here on the CPU.
    monkeypatch.setitem(ranking.FLAGS, "cpu", ranking.FLAGS[device])
    monkeypatch.setitem(blocks.MAX_SCORES, "cpu", n_scores)
    monkeypatch.setitem(blocks.MIN_PROMPTS, "cpu", 7)
    for wanted, settings in zip(json.loads(GOLDEN.read_text()), golden_settings(), strict=True):
        found = rank(**settings)
        assert {name: getattr(found, name).tolist() for name in wanted} == wanted


def golden_settings() -> list[dict[str, Any]]:
    """Ties, minus infinity, seen items, a target that is no candidate; the second time against a sample."""
    split = random_split(n_items=200, n_train=1, n_valid=1, n_test=30)
    rng = np.random.default_rng(7)
    table = rng.integers(-5, 25, (30, 200)).astype(np.float32)
    table[table == 24] = -np.inf
    negatives = np.array([rng.choice(200, 30, replace=False) for _ in range(30)], np.int32)
    full = {
        "model": TableScorer(table),
        "cases": split.test,
        "candidates": rng.random(200) < 0.9,
        "k": 5,
        "exclude_seen": True,
    }
    return [full, {**full, "sampled": negatives}]
