import numpy as np
import pytest

from seqrec.audit import titles
from seqrec.types import Texts
from tests.synthetic import split_of

NOTHING = "Unknown item"
TEXTS = ("Red Lipstick", "red  lipstick!", "Lipstick, red", "Red Lipstick Remover", "Shampoo", NOTHING, NOTHING)


def texts(written: tuple[str, ...] = TEXTS) -> Texts:
    missing = np.array([text == NOTHING for text in written])
    return Texts(np.array([f"i{i}" for i in range(len(written))], object), written, missing)


def in_prompts(test: list[list[int]]) -> tuple[float, float]:
    split = split_of([[0, 1]], [[0, 1]], test, len(TEXTS))
    found, _ = titles.check(split, texts())
    assert (found.verdict == "ok") == (found.figures["targets_inside_a_text_of_the_prompt"] == 0)
    return found.figures["targets_with_a_text_of_the_prompt"], found.figures["targets_inside_a_text_of_the_prompt"]


@pytest.mark.parametrize(
    ("case", "equal", "inside"),
    [
        ([4, 0, 1], 1.0, 1.0),  # the same except for case, blanks and punctuation
        ([4, 3, 0], 0.0, 1.0),  # the target's words inside another text
        ([4, 0, 3], 0.0, 0.0),  # the other way round does not count
        ([4, 0, 2], 0.0, 0.0),  # other order of words
        ([4, 0, 4], 0.0, 0.0),  # a repeat of the item itself
        ([4, 5, 6], 0.0, 0.0),  # items without a text do not count as equal
    ],
)
def test_targets_whose_text_the_prompt_shows(case, equal, inside):
    assert in_prompts([case]) == (equal, inside)


def test_shares_are_over_all_cases():
    assert in_prompts([[4, 0, 1], [4, 3, 0], [4, 0, 2], [4, 0, 4]]) == (0.25, 0.5)


def test_words_are_whole():
    # "red" is in "bored", but not as a word.
    split = split_of([[0, 1]], [[0, 1]], [[0, 1]], 2)
    found, _ = titles.check(split, texts(("Bored games", "Red")))
    assert found.verdict == "ok"


def test_items_that_read_the_same():
    split = split_of([[0, 1]], [[0, 1]], [[0, 4]], len(TEXTS))
    _, found = titles.check(split, texts())
    assert found.verdict == "note"
    assert found.figures == {
        "items": 7,
        "items_without_text": 2,
        "items_with_the_text_of_another": 2,
        "items_with_the_words_of_another": 3,
    }


def test_texts_of_their_own():
    split = split_of([[0, 1]], [[0, 1]], [[0, 1]], 2)
    assert [found.verdict for found in titles.check(split, texts(("Soap", "Shampoo")))] == ["ok", "ok"]


def test_of_many_cases_a_fixed_sample_is_searched(monkeypatch):
    monkeypatch.setattr(titles, "MAX_CASES", 2)
    assert in_prompts([[4, 0, 1]] * 5) == (1.0, 1.0)
    for case in ([4, 0, 1], [4, 0, 2]):
        found, _ = titles.check(split_of([[0, 1]], [[0, 1]], [case] * 5, len(TEXTS)), texts())
        assert found.sentence.endswith(" (2 of 5 test cases checked).")
