"""Batches of texts, and the search for the size that an endpoint accepts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.errors import EndpointError, TooLargeError
from seqrec.text.encoders.base import EmbeddedBatch, assemble
from seqrec.text.encoders.requests import Requests, cut, estimate_tokens
from seqrec.types import Texts


def texts_of(texts: list[str]) -> Texts:
    return Texts(np.array([f"i{i}" for i in range(len(texts))], object), tuple(texts), np.zeros(len(texts), bool))


class Asked:
    """An endpoint that answers each text with its length, and accepts neither many texts nor long ones."""

    def __init__(self, max_texts: int, max_chars: int = 1000) -> None:
        self.max_texts, self.max_chars = max_texts, max_chars
        self.answered: list[list[str]] = []
        self.n_refused = 0

    def __call__(self, texts: list[str]) -> np.ndarray:
        if len(texts) > self.max_texts or max(map(len, texts)) > self.max_chars:
            self.n_refused += 1
            raise TooLargeError("m", got="status 413", expected="less", remedy="Send less.")
        self.answered.append(texts)
        return np.array([[len(text)] for text in texts], np.float32)


@pytest.mark.parametrize(("text", "n_tokens"), [("abcd", 1), ("abcde", 2), ("äöüß", 2), ("漢字漢字", 3)])
def test_estimate_of_tokens(text: str, n_tokens: int) -> None:
    assert estimate_tokens(text) == n_tokens


@pytest.mark.parametrize(
    ("n_tokens", "batches"),
    [
        ([], []),
        ([1, 1, 1, 1], [[0, 1, 2], [3]]),
        ([5, 5, 1], [[0, 1], [2]]),
        ([99, 1, 1], [[0], [1, 2]]),
        ([1, 99, 1], [[0], [1], [2]]),
    ],
)
def test_batches_keep_to_both_limits(n_tokens: list[int], batches: list[list[int]]) -> None:
    assert [batch.tolist() for batch in cut(n_tokens, max_texts=3, max_tokens=10)] == batches


@given(st.lists(st.integers(1, 30)), st.integers(1, 8))
def test_batches_hold_every_text_once_in_order(n_tokens: list[int], max_texts: int) -> None:
    batches = cut(n_tokens, max_texts, max_tokens=20)
    assert [position for batch in batches for position in batch] == list(range(len(n_tokens)))
    assert all(len(batch) == 1 or sum(n_tokens[i] for i in batch) <= 20 for batch in batches)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3))
def test_every_text_is_answered_once_whatever_is_accepted(n_texts: int, max_texts: int, at_once: int) -> None:
    ask = Asked(max_texts)
    texts = ["a" * (1 + i) for i in range(n_texts)]
    batches = list(Requests("m", texts_of(texts), ask, 16, at_once).answers())
    assert sorted(text for batch in ask.answered for text in batch) == sorted(texts)
    np.testing.assert_array_equal(assemble(batches, n_texts).values[:, 0], np.arange(1, n_texts + 1))


def test_what_was_too_much_once_is_not_sent_again() -> None:
    ask = Asked(max_texts=10)
    list(Requests("m", texts_of(["a"] * 1000), ask, 256, 1).answers())
    assert ask.n_refused == 5, "256, 128, 64, 32 and 16 texts"
    assert {len(batch) for batch in ask.answered} == {8}


def test_the_item_of_a_text_that_is_too_long_is_named_and_the_others_are_kept() -> None:
    ask = Asked(max_texts=100, max_chars=50)
    kept: list[EmbeddedBatch] = []
    with pytest.raises(EndpointError) as caught:
        kept.extend(Requests("m", texts_of(["a", "b", "c" * 80, "d"]), ask, 4, 1).answers())
    assert caught.value.got == ("status 413, for item 'i2' alone, whose text has 80 characters (about 20 tokens)")
    assert "max_chars" in caught.value.remedy
    assert [batch.positions.tolist() for batch in kept] == [[0, 1]]
