from dataclasses import replace

import numpy as np

from seqrec.audit import fit_scope
from seqrec.text.encoders.lsa import Config as Lsa
from seqrec.text.encoders.openai import Config as OpenAI
from seqrec.text.reducers.pca import Config as Pca
from seqrec.text.source import VectorSource
from tests.seqrec.preparation.tables import protocol
from tests.synthetic import split_of, with_rules

# Item 3 is a target that training never saw.
SPLIT = split_of([[0, 1, 2]], [[0, 1]], [[0, 1], [0, 3]], 4)
WHOLE = split_of([[0, 1, 2, 3]], [[0, 1]], [[0, 1]], 4)


def findings(split, encoders=None, sources=None, **settings):
    return list(fit_scope.check(split, protocol(**settings), encoders or {}, sources or {}))


def test_where_training_saw_everything_all_is_well():
    assert [found.verdict for found in findings(WHOLE)] == ["ok", "ok", "ok"]


def test_items_of_the_test_alone_are_told():
    vocabulary, candidates, _ = findings(SPLIT)
    assert vocabulary.figures == {"items": 4, "items_training_never_saw": 1}
    assert candidates.figures == {
        "candidates": 3,
        "untrained_candidates": 0,
        "missing_candidates": 0,
        "lost_targets": 1,
    }
    assert (vocabulary.verdict, candidates.verdict) == ("by design", "by design")


def test_the_whole_catalogue_is_ranked_only_where_the_protocol_says_so():
    everything = with_rules(SPLIT, candidates=np.ones(4, bool))
    assert findings(everything)[1].verdict == "wrong"
    asked = findings(everything, candidates={"name": "full", "catalogue": "all"})[1]
    assert (asked.verdict, asked.figures["untrained_candidates"]) == ("by design", 1)


def test_popularity_counts_beyond_training_only_where_the_protocol_says_so():
    counting_all = replace(SPLIT, popularity=SPLIT.popularity + 1)
    assert findings(counting_all)[2].verdict == "wrong"
    asked = findings(counting_all, counts="all")[2]
    assert (asked.verdict, asked.figures["interactions_beyond_training"]) == ("by design", 4)


def test_encoders_and_reducers_say_what_they_saw():
    encoders = {"lsa": Lsa(), "served": OpenAI(model="text-embedding-3-small"), "unused": Lsa()}
    sources = {
        "a": VectorSource(encoder="lsa", reducer=Pca(dim=2)),
        "b": VectorSource(encoder="served", reducer=Pca(dim=2, fit="train")),
        "c": VectorSource(encoder="lsa", reducer=Pca(dim=2)),
        "d": VectorSource(encoder="served"),
    }
    lsa, served, catalogue, trained = findings(SPLIT, encoders, sources)[3:]
    assert (lsa.verdict, served.verdict) == ("by design", "ok")
    assert "encoder lsa is fitted" in lsa.sentence
    assert catalogue.verdict == "by design"
    assert catalogue.sentence == "The reducer pca of a, c is fitted on all items, including 1 that training never saw."
    assert trained.verdict == "ok"
    assert [found.verdict for found in findings(WHOLE, encoders, sources)[3:]] == ["ok"] * 4
