"""The contract of every model of the union; a new model is tested automatically."""

import dataclasses
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from safetensors.torch import load, save

from seqrec.config import name_of
from seqrec.evaluation.beyond_accuracy import Judged
from seqrec.evaluation.metrics import evaluate
from seqrec.evaluation.ranking import rank, recommend
from seqrec.evaluation.reference import N_CASES, sampled_rows, verify
from seqrec.evaluation.witness import Witness
from seqrec.models import MODELS, AnyModel
from seqrec.models.base import Ingredients, ModelConfig, Recommender
from seqrec.models.lists import ListRecommender
from seqrec.types import Run, Split, State, Training, Vectors
from tests.seqrec.models.fitted import CPU, any_items, scores_of
from tests.seqrec.models.smallest import ingredients_for, smallest
from tests.synthetic import chain_split, random_split, sequences_of, skewed_split, with_rules

CLAIMS = {
    "most_popular": ("skewed", 0.3),
    "recency": ("skewed", 0.3),
    "markov": ("chain", 0.9),
    "llm_seq_sim": ("chain", 0.9),
    "gru4rec": ("chain", 0.9),
    "sasrec": ("chain", 0.9),
    "sknn": ("chain", 0.4),
    "sknn_emb": ("chain", 0.4),
    "bert4rec": ("chain", 0.6),
    "switch": ("chain", 0.9),
    "fuse": ("chain", 0.9),
    "popularity_filter": ("chain", 0.4),
    "diversify": ("chain", 0.9),
}
"""The data that each model claims to learn, and the HR@1 that it must reach. On the chain the last item determines the
next, and chance is 0.03: neighbour models see sets, masks learn slowly in twelve epochs, and a filter calls half of the
items rare. On skewed data nearly all users take a few items. A model without a claim fails."""

PROMPTS = [[0, 1, 2], [5], [], [7, 8, 9, 10, 11, 12, 13], [3, 3, 3], [39, 0]]


@cache
def chain() -> Split:
    return chain_split()


@cache
def noise() -> Split:
    return random_split()


@cache
def skewed() -> Split:
    return skewed_split()


@cache
def shown() -> Split:
    """Return the chain with candidates: the target of each case and nine other items that are not in the prompt."""
    split, rng = chain(), np.random.default_rng(1)
    rows = []
    for case, target in enumerate(split.test.targets.tolist()):
        others = np.setdiff1d(np.arange(40), [target, *split.test.prompts.sequence(case).tolist()])
        rows.append(rng.permutation([target, *rng.choice(others, 9, replace=False)]))
    return dataclasses.replace(split, test=dataclasses.replace(split.test, shown=np.array(rows, np.int32)))


DATA = {"chain": chain, "skewed": skewed}


@cache
def given(config: ModelConfig, data: Callable[[], Split] = chain) -> Ingredients:
    return ingredients_for(config, data().training)


@cache
def learnt(config: ModelConfig, data: Callable[[], Split] = chain, seed: int = 0) -> Recommender:
    return learn(config, data().training, given(config, data), seed)


def learn(config: ModelConfig, data: Training, ingredients: Ingredients, seed: int = 0) -> Recommender:
    model = config.build(data.n_items)
    list(model.fit(data, ingredients, Run(seed, CPU)))
    return model


@pytest.fixture(params=MODELS, ids=name_of)
def config(request: pytest.FixtureRequest) -> ModelConfig:
    return smallest(request.param, max_epochs=1)


@pytest.fixture(params=MODELS, ids=name_of)
def trained_config(request: pytest.FixtureRequest) -> ModelConfig:
    return smallest(request.param, max_epochs=12)


def metrics_of(config: ModelConfig, data: Callable[[], Split]) -> dict[str, float]:
    split = data()
    model = learnt(config, data)
    rankings = rank(model, split.test, split.training.rules)
    return evaluate(Judged(rankings, split.test.targets, split.popularity), (1, 10))


def same(first: State, second: State) -> bool:
    return first.tensors.keys() == second.tensors.keys() and all(
        torch.equal(tensor, second.tensors[name]) for name, tensor in first.tensors.items()
    )


def test_the_configuration_survives_json_and_is_found_by_its_name(config: ModelConfig) -> None:
    again = TypeAdapter(AnyModel).validate_json(config.model_dump_json())
    assert again == config
    assert again.digest == config.digest


def test_it_goes_by_its_name(config: ModelConfig) -> None:
    assert learnt(config).name == config.name


def test_scores_are_numbers_or_minus_infinity(config: ModelConfig) -> None:
    scores = scores_of(learnt(config), sequences_of(PROMPTS), 40)
    assert scores.shape == (len(PROMPTS), 40)
    assert not np.isnan(scores).any()
    assert (scores < np.inf).all()


def test_a_prompt_is_answered_alike_alone_and_among_others(config: ModelConfig) -> None:
    model, prompts = learnt(config), sequences_of(PROMPTS)
    together = scores_of(model, prompts, 40)
    alone = np.concatenate([scores_of(model, prompts.block(row, row + 1), 40) for row in range(len(prompts))])
    assert alone == pytest.approx(together, rel=1e-4, abs=1e-5)


def test_tiles_of_the_catalogue_are_columns_of_the_whole(config: ModelConfig) -> None:
    model, prompts = learnt(config), sequences_of(PROMPTS)
    with torch.inference_mode():
        queries = model.encode(prompts, any_items(40))
        tiles = [model.score(queries, start, stop) for start, stop in ((0, 1), (1, 17), (17, 40))]
    whole = scores_of(model, prompts, 40)
    assert torch.cat(tiles, 1).float().numpy() == pytest.approx(whole, rel=1e-4, abs=1e-5)


def test_scores_are_made_anew_on_its_device_for_the_caller_to_write_to(config: ModelConfig) -> None:
    model = learnt(config)
    queries = model.encode(sequences_of(PROMPTS), any_items(40))
    scores = model.score(queries, 0, 40)
    before = scores.clone()
    scores[:] = 0.5
    assert torch.equal(model.score(queries, 0, 40), before)
    assert scores.device == model.device
    assert not scores.requires_grad
    model.score_shown(sequences_of(PROMPTS), np.zeros((len(PROMPTS), 2), np.int32))[:] = 0.5


@pytest.mark.parametrize("exclude_seen", [True, False])
@pytest.mark.parametrize("data", [chain, shown], ids=["catalogue", "shown"])
def test_its_ranking_is_that_of_the_reference(
    config: ModelConfig, exclude_seen: bool, data: Callable[[], Split]
) -> None:
    split = with_rules(data(), exclude_seen=exclude_seen)
    model, rules, test = learnt(config), split.training.rules, split.test
    witness = Witness(sampled_rows(len(test), "key"), split.n_items, model.device)
    judged = Judged(rank(model, test, rules, witness), test.targets, split.popularity)
    assert verify(judged, test, rules, witness, (1, 10), model.name) == N_CASES


def test_factors_give_the_scores(config: ModelConfig) -> None:
    model, prompts = learnt(config), sequences_of(PROMPTS)
    items = model.item_factors
    if items is None:
        with pytest.raises(NotImplementedError):
            model.prompt_factors(prompts)
        return
    assert model.prompt_factors(prompts) @ items.T == pytest.approx(scores_of(model, prompts, 40), rel=1e-4, abs=1e-5)


def test_scores_of_shown_candidates_are_columns_of_the_scores(config: ModelConfig) -> None:
    if isinstance(learnt(config), ListRecommender):
        pytest.skip("lists contain only candidates, so the shown candidates change them")
    model, prompts = learnt(config), sequences_of(PROMPTS)
    columns = np.random.default_rng(0).integers(-1, 40, (len(PROMPTS), 7)).astype(np.int32)
    there = columns >= 0
    with torch.inference_mode():
        scores = model.score_shown(prompts, columns).float().numpy()
        # The method that a model inherits unless it overrides it.
        columnwise = Recommender.score_shown(model, prompts, columns).float().numpy()
    assert scores.shape == columns.shape
    wanted = np.take_along_axis(scores_of(model, prompts, 40), np.maximum(columns, 0).astype(np.int64), axis=1)
    assert scores[there] == pytest.approx(wanted[there], rel=1e-4, abs=1e-5)
    assert columnwise[there] == pytest.approx(wanted[there], rel=1e-4, abs=1e-5)


def test_recommendations_need_no_targets(config: ModelConfig) -> None:
    split, model = chain(), learnt(config)
    lists = recommend(model, split.test.prompts, split.training.rules)
    ranked = rank(model, split.test, split.training.rules)
    assert np.array_equal(lists.items, ranked.lists.items)
    for row, items in enumerate(lists.items.tolist()):
        own = [item for item in items if item >= 0]
        assert len(set(own)) == len(own)
        assert not set(own) & set(split.test.prompts.sequence(row).tolist())


def test_a_model_without_prompts_answers_nothing(config: ModelConfig) -> None:
    assert scores_of(learnt(config), sequences_of([]), 40).shape == (0, 40)


def test_a_saved_model_is_the_model(config: ModelConfig) -> None:
    model, prompts = learnt(config), sequences_of(PROMPTS)
    state = model.state()
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors.items()}
    again = config.build(40)
    again.load(State(load(save(kept)), state.facts), given(config), Run(0, CPU))
    assert np.array_equal(scores_of(again, prompts, 40), scores_of(model, prompts, 40))
    assert same(again.state(), model.state())


def test_further_items_change_nothing_for_the_others_or_are_refused(config: ModelConfig) -> None:
    model, prompts, known = learnt(config), sequences_of(PROMPTS), given(config)
    longer = {role: Vectors(np.concatenate([one.values, one.values[:3]])) for role, one in known.vectors.items()}
    more = dataclasses.replace(known, vectors=longer)
    state = config.extend(model.state(), more)
    if state is None:
        return
    extended = config.build(43)
    extended.load(state, more, Run(0, CPU))
    scores = scores_of(extended, prompts, 43)
    np.testing.assert_allclose(scores[:, :40], scores_of(model, prompts, 40), atol=1e-5)
    # An item with the vector of another one is as good as that.
    np.testing.assert_allclose(scores[:, 40:], scores[:, :3], atol=1e-5)


def test_equal_seeds_give_equal_models(config: ModelConfig) -> None:
    again = learn(config, chain().training, given(config))
    assert same(again.state(), learnt(config).state())


def test_another_seed_matters_only_where_the_configuration_says_so(config: ModelConfig) -> None:
    other = learnt(config, chain, 1)
    assert same(other.state(), learnt(config).state()) != config.stochastic


def test_what_it_claims_to_know_is_learnt(trained_config: ModelConfig) -> None:
    assert trained_config.name in CLAIMS, "add the model to CLAIMS, with the HR@1 that it must reach"
    data, bar = CLAIMS[trained_config.name]
    assert metrics_of(trained_config, DATA[data])["hr_at_1"] >= bar


def test_nothing_is_found_where_there_is_nothing(trained_config: ModelConfig) -> None:
    """A model that beats chance on independent items has seen the answers."""
    split = noise()
    chances = 10 / (split.training.rules.candidates.sum() - split.test.prompts.lengths)
    chance, error = chances.mean(), np.sqrt((chances * (1 - chances)).sum()) / len(chances)
    assert metrics_of(trained_config, noise)["hr_at_10"] < chance + 4 * error
