"""A model in the codes of another vocabulary answers as in its own."""

import numpy as np
import torch

from seqrec.evaluation.ranking import rank
from seqrec.models.markov import Config as Markov
from seqrec.serving.translated import Translated
from seqrec.types import Cases, Rules
from tests.seqrec.models.fitted import any_items, fitted, scores_of
from tests.synthetic import cases_of, chain_split, sequences_of


def test_its_scores_are_those_of_the_model_by_item() -> None:
    split = chain_split()
    model, own = fitted(Markov(), split), split.training.vocabulary.item_ids
    order = np.random.default_rng(0).permutation(len(own))
    # Two new items come in, and two old ones are gone.
    theirs = np.concatenate([own[order][2:], np.array(["new", "newer"], object)])
    translated = Translated(model, own, theirs)
    place = {item_id: code for code, item_id in enumerate(theirs.tolist())}
    prompts = [[place[f"i{item}"], place["new"]] for item in range(40) if f"i{item}" in place]
    queries = translated.encode(sequences_of(prompts), any_items(len(theirs)))
    scores = np.concatenate([translated.score(queries, start, start + 13).numpy() for start in (0, 13, 26)], 1)
    known = sequences_of([[item] for item in range(40) if f"i{item}" in place])
    expected = scores_of(model, known, 40)[:, order[2:]]
    assert np.array_equal(scores[:, :38], expected[:, :38])
    assert (translated.score(queries, 38, 40) == -torch.inf).all()
    shown = np.tile(np.array([0, 39, 5], np.int32), (len(prompts), 1))
    answered = translated.score_shown(sequences_of(prompts), shown).numpy()
    assert np.array_equal(answered[:, [0, 2]], expected[:, [0, 5]])
    assert (answered[:, 1] == -np.inf).all()


def test_an_unknown_target_is_a_miss() -> None:
    split = chain_split()
    model, own = fitted(Markov(), split), split.training.vocabulary.item_ids
    theirs = np.concatenate([own, np.array(["new"], object)])
    cases: Cases = cases_of([[3, 4, 5], [3, 4, 40]])
    ranked = rank(Translated(model, own, theirs), cases, Rules(10, np.ones(41, bool)))
    assert (ranked.places.better[0], ranked.places.tied.tolist()) == (0, [1, 0])


def test_nothing_in_common_recommends_nothing() -> None:
    split = chain_split()
    model, own = fitted(Markov(), split), split.training.vocabulary.item_ids
    theirs = np.array(["a", "b"], object)
    ranked = rank(Translated(model, own, theirs), cases_of([[0, 1]]), Rules(2, np.ones(2, bool)))
    assert ranked.lists.items.tolist() == [[-1, -1]]
