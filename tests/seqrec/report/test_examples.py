import numpy as np

from seqrec.report.examples import N_PROMPT, TITLE_LENGTH, examples
from tests.seqrec.evaluation.evaluations import rankings_of
from tests.synthetic import random_split, split_of


def test_by_hand():
    split = split_of([[0, 1]], [[0, 1]], [[0, 1, 2, 3, 4, 5, 6, 7, 8]], n_items=30)
    right, wrong = (rankings_of(split, np.array([better])) for better in (2, 29))
    wrong.lists.items[0, 1] = -1
    titles = [f"title {i}" for i in range(30)]
    (example,) = examples(split, {"right": right, "wrong": wrong}, titles)
    assert example.user_id == "u0"
    assert example.prompt == tuple(f"title {i}" for i in range(2, 8))
    assert len(example.prompt) == N_PROMPT
    assert example.n_earlier == 2
    assert example.target == example.answers["right"][2] == "title 8"
    assert example.hits == {"right": 3, "wrong": None}
    assert len(example.answers["wrong"]) == 4


def test_half_are_cases_that_some_model_got_right():
    split = random_split()
    better = np.full(len(split.test), 30)
    better[:3] = 0
    drawn = examples(split, {"a": rankings_of(split, better)}, ["t"] * split.n_items, n=6)
    assert sum(example.hits["a"] == 1 for example in drawn) >= 3
    assert len(drawn) == 6


def test_the_draw_is_fixed():
    split = random_split()
    rankings = {"a": rankings_of(split, np.full(len(split.test), 30))}
    titles = [str(i) for i in range(split.n_items)]
    assert examples(split, rankings, titles) == examples(split, rankings, titles)


def test_long_titles_are_cut_at_a_word():
    split = split_of([[0, 1]], [[0, 1]], [[0, 1]], n_items=30)
    rankings = {"a": rankings_of(split, np.array([0]))}
    (example,) = examples(split, rankings, ["short", "word " * 100, *("other" for _ in range(28))])
    assert example.prompt == ("short",)
    assert example.target.endswith("word …")
    assert len(example.target) <= TITLE_LENGTH
