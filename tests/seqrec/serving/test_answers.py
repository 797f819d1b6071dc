"""Answers in original ids, on a circle of items where the next item is known."""

import numpy as np
import pytest

from seqrec.models.markov import Config as Markov
from seqrec.serving.answers import Answerer
from seqrec.serving.catalogue import Catalogue
from tests.seqrec.models.fitted import fitted
from tests.synthetic import chain_split


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    training = chain_split().training
    catalogue = Catalogue(
        training.vocabulary.item_ids,
        tuple(None if item == 7 else f"title {item}" for item in range(training.n_items)),
        training.counts,
        training.rules.candidates,
    )
    return Answerer(fitted(Markov(), training), catalogue, exclude_seen=True, max_history=None)


def test_the_next_item_comes_first_with_its_title(answerer: Answerer) -> None:
    first, second = answerer.answer([["i3", "i4"], ["i6"]], k=3)
    assert (first.item_ids[0], first.titles[0], first.rule, first.n_unknown) == ("i5", "title 5", "model", 0)
    assert (second.item_ids[0], second.titles[0]) == ("i7", None)
    assert len(first.item_ids) == len(first.titles) == len(first.scores) == 3
    assert list(first.scores) == sorted(first.scores, reverse=True)


def test_unknown_items_are_left_out_and_counted(answerer: Answerer) -> None:
    known, partly, unknown, empty = answerer.answer([["i4"], ["new", "i4", "newer"], ["new"], []], k=4)
    assert partly.item_ids == known.item_ids
    assert (known.n_unknown, partly.n_unknown, unknown.n_unknown, empty.n_unknown) == (0, 2, 1, 0)
    most = np.argsort(-answerer.catalogue.counts, kind="stable")[:4]
    for one in (unknown, empty):
        assert one.rule == "popular"
        assert one.item_ids == tuple(answerer.catalogue.item_ids[most])
        assert one.scores == tuple(answerer.catalogue.counts[most].astype(float))


def test_only_candidates_are_recommended(answerer: Answerer) -> None:
    asked = [["i9", "i5", "new", "i5"], None, ["i1", "i2"], []]
    some, every, fallback, none = answerer.answer([["i4"], ["i4"], [], ["i4"]], k=3, candidates=asked)
    assert some.item_ids == ("i5", "i9")
    assert every.item_ids[0] == "i5"
    assert len(every.item_ids) == 3
    assert set(fallback.item_ids) == {"i1", "i2"}
    assert none.item_ids == ()


def test_a_long_history_is_cut_as_in_the_protocol(answerer: Answerer) -> None:
    cut = Answerer(answerer.model, answerer.catalogue, exclude_seen=True, max_history=1)
    (answer,) = cut.answer([["i5", "i4"]], k=1)
    # The first event is cut off, so that its item may be recommended.
    assert answer.item_ids == ("i5",)
    (answer,) = answerer.answer([["i5", "i4"]], k=1)
    assert answer.item_ids != ("i5",)


def test_the_item_before_speaks_for_the_next(answerer: Answerer) -> None:
    support = answerer.support(["i2", "new", "i4", "i2"], "i5")
    assert set(support) == {"i2", "i4"}
    assert support["i4"] > support["i2"]
    assert answerer.support(["new"], "i5") == {}


def test_nobody_asks(answerer: Answerer) -> None:
    assert answerer.answer([], k=3) == []
