import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seqrec.errors import TrainingError
from seqrec.evaluation import blocks, ranking
from seqrec.evaluation.accuracy import hit_rate, ndcg
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.ranking import place, rank, recommend
from seqrec.evaluation.reference import N_CASES, sampled_rows, verify
from seqrec.evaluation.witness import Witness
from seqrec.types import Cases, Rankings, Rules, Sequences
from tests.seqrec.evaluation.scorers import CPU, TableScorer
from tests.synthetic import cases_of, random_split


def slow_rank(
    table: np.ndarray,
    cases: Cases,
    candidates: np.ndarray,
    k: int,
    exclude_seen: bool,
) -> list[tuple[list[int], int, int]]:
    """Return list, better and tied of each case, computed item by item."""
    answers = []
    for case in range(len(cases)):
        target = int(cases.targets[case])
        allowed = {i for i in range(len(candidates)) if candidates[i] and table[case, i] > -np.inf}
        if exclude_seen:
            allowed -= set(cases.prompts.sequence(case).tolist())
        if cases.shown is not None:
            allowed &= set(cases.shown[case].tolist())
        top = sorted(allowed, key=lambda i: (-table[case, i], i))[:k]
        limit = table[case, target] if target in allowed else -np.inf
        better = sum(table[case, i] > limit for i in allowed)
        tied = sum(table[case, i] == limit for i in allowed)
        answers.append((top, int(better), int(tied)))
    return answers


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, Cases, Rules]:
    n_items, n_cases = draw(st.integers(1, 9)), draw(st.integers(1, 7))
    items = st.integers(0, n_items - 1)
    cases = cases_of(draw(st.lists(st.lists(items, min_size=1, max_size=5), min_size=n_cases, max_size=n_cases)))
    values = st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0])
    table = np.array(draw(st.lists(values, min_size=n_cases * n_items, max_size=n_cases * n_items)), np.float32)
    candidates = np.array(draw(st.lists(st.booleans(), min_size=n_items, max_size=n_items)))
    if draw(st.booleans()):
        cases = with_shown(cases, draw(st.lists(st.sets(items, max_size=3), min_size=n_cases, max_size=n_cases)))
    rules = Rules(draw(st.integers(1, 11)), candidates, draw(st.booleans()))
    return table.reshape(n_cases, n_items), cases, rules


def with_shown(cases: Cases, negatives: list[set[int]]) -> Cases:
    """Return the cases with their targets among some negatives, with short rows padded with -1."""
    rows = [[int(target), *(own - {target})] for target, own in zip(cases.targets, negatives, strict=True)]
    width = max(map(len, rows))
    return replace(cases, shown=np.array([[-1] * (width - len(row)) + row[::-1] for row in rows], np.int32))


@given(problems(), st.sampled_from([(1, 2), (2, 8), (64, 2**20)]))
def test_agrees_with_the_slow_reference_whatever_the_blocks_and_tiles(problem, sizes) -> None:
    table, cases, rules = problem
    k, everybody = rules.k, np.arange(len(cases))
    witness = Witness(everybody, table.shape[1], CPU)
    with pytest.MonkeyPatch.context() as patch:
        for name, size in zip(("MIN_PROMPTS", "MAX_SCORES"), sizes, strict=True):
            patch.setitem(getattr(blocks, name), "cpu", size)
        found = rank(TableScorer(table), cases, rules, witness)
        lists = recommend(TableScorer(table), cases.prompts, rules)
        places = place(TableScorer(table), cases, rules)
    wanted = slow_rank(table, cases, rules.candidates, k, rules.exclude_seen)
    assert places.better.tolist() == found.places.better.tolist()
    assert places.tied.tolist() == found.places.tied.tolist()
    if cases.shown is None:
        assert lists.items.tolist() == found.lists.items.tolist()
        assert lists.scores.tolist() == found.lists.scores.tolist()
        assert np.array_equal(witness.scores, table)
    assert found.places.better.tolist() == [better for _, better, _ in wanted]
    assert found.places.tied.tolist() == [tied for _, _, tied in wanted]
    assert found.lists.items.shape == (len(cases), k)
    for case, (top, _, _) in enumerate(wanted):
        assert found.lists.items[case].tolist() == top + [-1] * (k - len(top))
        assert found.lists.scores[case].tolist() == table[case, top].tolist() + [-np.inf] * (k - len(top))


def ranked(row: list[float], rows: list[list[int]], **changes: object) -> Rankings:
    table = np.tile(np.array(row, np.float32), (len(rows), 1))
    settings = {"candidates": np.ones(len(row), bool), "k": 3, "exclude_seen": True} | changes
    shown = settings.pop("shown", None)
    return rank(TableScorer(table), replace(cases_of(rows), shown=shown), Rules(**settings))


def test_by_hand() -> None:
    found = ranked([0.1, 0.9, 0.5, 0.9, 0.3], [[0, 2], [1, 4]])
    assert found.lists.items.tolist() == [[1, 3, 2], [3, 2, 4]]
    assert found.places.better.tolist() == [2, 2]
    assert found.places.tied.tolist() == [1, 1]


def test_a_constant_scorer_gets_chance() -> None:
    n_items, k = 50, 10
    found = ranked([0.7] * n_items, [[0, item] for item in range(1, n_items)], k=k)
    n_candidates = n_items - 1  # the prompt's item is out
    assert hit_rate(found.places, k) == pytest.approx(k / n_candidates)
    assert ndcg(found.places, k) == pytest.approx((1 / np.log2(np.arange(2, k + 2))).sum() / n_candidates)


def test_a_target_that_the_prompt_holds_is_a_miss_unless_repeats_are_allowed() -> None:
    row = [0.1, 0.9, 0.5]
    assert ranked(row, [[1, 1]], exclude_seen=True).places.tied.tolist() == [0]
    kept = ranked(row, [[1, 1]], exclude_seen=False)
    assert (kept.places.better.tolist(), kept.places.tied.tolist()) == ([0], [1])


def test_a_target_that_is_no_candidate_is_a_miss() -> None:
    found = ranked([0.1, 0.9, 0.5], [[0, 1]], candidates=np.array([True, False, True]))
    assert found.places.tied.tolist() == [0]
    assert found.lists.items.tolist() == [[2, -1, -1]]


def test_an_item_never_recommended_is_a_miss_even_if_all_are() -> None:
    found = ranked([-np.inf] * 4, [[0, 1]])
    assert (found.places.better.tolist(), found.places.tied.tolist()) == ([0], [0])
    assert found.lists.items.tolist() == [[-1, -1, -1]]
    assert hit_rate(found.places, 3).tolist() == [0.0]


def test_only_what_is_shown_counts() -> None:
    found = ranked([0.9, 0.8, 0.7, 0.6, 0.5], [[0, 4]], shown=np.array([[2, 4, 3]], np.int32), k=5)
    assert found.lists.items.tolist() == [[2, 3, 4, -1, -1]]
    assert found.places.better.tolist() == [2]


def test_an_empty_place_among_the_shown_is_nobody() -> None:
    found = ranked([0.9, 0.8, 0.7, 0.6, 0.5], [[0, 4]], shown=np.array([[1, -1, 4, 3]], np.int32), k=5)
    assert found.lists.items.tolist() == [[1, 3, 4, -1, -1]]
    assert (found.places.better.tolist(), found.places.tied.tolist()) == ([2], [1])
    constant = ranked([0.5] * 5, [[0, 4]], shown=np.array([[1, -1, 4, 3]], np.int32))
    assert (constant.places.better.tolist(), constant.places.tied.tolist()) == ([0], [3])


def test_a_target_that_is_not_shown_is_a_miss() -> None:
    found = ranked([0.1, 0.2, 0.3, 0.9], [[0, 3]], shown=np.array([[2, 1, -1]], np.int32))
    assert (found.places.better.tolist(), found.places.tied.tolist()) == ([2], [0])


def test_where_candidates_are_shown_the_catalogue_is_never_scored() -> None:
    class OnlyShown(TableScorer):
        def encode(self, prompts: Sequences, rules: Rules) -> np.ndarray:
            raise AssertionError

        def score(self, queries: np.ndarray, start: int, stop: int) -> Tensor:
            raise AssertionError

    cases = replace(cases_of([[0, 2], [1, 0]]), shown=np.array([[2, 1], [0, 2]], np.int32))
    found = rank(OnlyShown(np.array([[0.1, 0.2, 0.3]] * 2, np.float32)), cases, Rules(2, np.ones(3, bool)))
    assert found.lists.items.tolist() == [[2, 1], [2, 0]]


def test_nobody_is_asked_twice() -> None:
    asked: list[int] = []

    class Listening(TableScorer):
        def encode(self, prompts: Sequences, rules: Rules) -> np.ndarray:
            asked.extend(prompts.users.tolist())
            return super().encode(prompts, rules)

    split = random_split(n_items=40, n_train=1, n_valid=1, n_test=50)
    model = Listening(np.random.default_rng(0).normal(size=(50, 40)).astype(np.float32))
    rules, cutoffs = split.training.rules, (1, 5)
    witness = Witness(sampled_rows(len(split.test), "key"), split.n_items, CPU)
    judged = Judged(rank(model, split.test, rules, witness), split.test.targets, split.popularity)
    assert verify(judged, split.test, rules, witness, cutoffs, "model") == N_CASES
    assert sorted(asked) == list(range(50))


@pytest.mark.parametrize("shown", [None, np.array([[1, 4, 2]], np.int32)])
@pytest.mark.parametrize("column", [1, 4])
def test_nan_is_an_error_that_names_the_model(column: int, shown: np.ndarray | None) -> None:
    row = [0.1] * 5
    row[column] = np.nan
    with pytest.raises(TrainingError) as caught:
        ranked(row, [[0, 1]], shown=shown)
    assert caught.value.subject == "scores of table"
    assert caught.value.got == "NaN"


def test_no_cases() -> None:
    found = ranked([0.1, 0.2, 0.3, 0.4], [])
    assert (len(found), found.lists.items.shape) == (0, (0, 3))


def test_a_nan_that_may_not_be_recommended_harms_nobody() -> None:
    assert ranked([np.nan, 0.2, 0.1], [[0, 1]]).places.better.tolist() == [0]


def test_tiles_with_targets_are_scored_twice_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(blocks.MAX_SCORES, "cpu", 20)
    monkeypatch.setitem(blocks.MIN_PROMPTS, "cpu", 2)
    scored: list[tuple[int, int]] = []

    class Counting(TableScorer):
        def score(self, queries: np.ndarray, start: int, stop: int) -> Tensor:
            scored.append((len(queries), start))
            return super().score(queries, start, stop)

    # Tiles of ten items; the targets of the first tile, and those of the last, share a block in any order.
    table = np.random.default_rng(0).normal(size=(4, 40)).astype(np.float32)
    cases = cases_of([[1, 39], [2, 0], [3, 38], [4, 9]])
    rank(Counting(table), cases, Rules(3, np.ones(40, bool)))
    everything = [(2, start) for start in (0, 10, 20, 30)]
    assert scored == [(2, 0), *everything, (2, 30), *everything]


def test_prompts_of_like_length_are_asked_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(blocks.MAX_SCORES, "cpu", 10)
    monkeypatch.setitem(blocks.MIN_PROMPTS, "cpu", 2)
    lengths: list[list[int]] = []

    class Listening(TableScorer):
        def encode(self, prompts: Sequences, rules: Rules) -> np.ndarray:
            lengths.append(prompts.lengths.tolist())
            return super().encode(prompts, rules)

    cases = cases_of([[0, 1, 2, 3], [1, 4], [0, 1, 3, 2], [2, 1], [0, 1, 1, 4]])
    rank(Listening(np.zeros((5, 5), np.float32)), cases, Rules(1, np.ones(5, bool)))
    assert lengths == [[1, 1], [3, 3], [3]]


GOLDEN = Path(__file__).parent / "golden" / "rankings.json"


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("n_scores", [2**20, 700])
def test_the_rankings_of_a_small_case_are_those_of_the_first_version(
    n_scores: int, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The code path of a GPU runs here on the CPU, which differs only in its arithmetic.
    monkeypatch.setitem(ranking.FLAGS, "cpu", ranking.FLAGS[device])
    monkeypatch.setitem(blocks.MAX_SCORES, "cpu", n_scores)
    monkeypatch.setitem(blocks.MIN_PROMPTS, "cpu", 7)
    for wanted, (model, cases, rules) in zip(json.loads(GOLDEN.read_text()), golden_settings(), strict=True):
        found = rank(model, cases, rules)
        assert found.lists.items.tolist() == wanted["top_items"]
        assert found.places.better.tolist() == wanted["better"]
        assert found.places.tied.tolist() == wanted["tied"]


def golden_settings() -> list[tuple[TableScorer, Cases, Rules]]:
    """Return settings with ties, minus infinity, seen items and a target that is no candidate; then with samples."""
    split = random_split(n_items=200, n_train=1, n_valid=1, n_test=30)
    rng = np.random.default_rng(7)
    table = rng.integers(-5, 25, (30, 200)).astype(np.float32)
    table[table == 24] = -np.inf
    negatives = np.array([rng.choice(200, 30, replace=False) for _ in range(30)], np.int32)
    rules = Rules(5, rng.random(200) < 0.9)
    shown = with_shown(split.test, [set(row) for row in negatives.tolist()])
    return [(TableScorer(table), split.test, rules), (TableScorer(table), shown, rules)]
