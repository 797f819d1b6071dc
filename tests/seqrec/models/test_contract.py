"""What every model of the union keeps to; a new one is tested by being there."""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from safetensors.torch import load, save

from seqrec.config import name_of
from seqrec.evaluation.metrics import evaluate
from seqrec.evaluation.ranking import rank
from seqrec.evaluation.reference import N_CASES, verify
from seqrec.models import MODELS, AnyModel
from seqrec.models.base import ModelConfig, Recommender
from seqrec.training.config import Training
from seqrec.types import Run, Split, State, Vectors
from tests.seqrec.models.fitted import CPU, fitted, scores_of
from tests.synthetic import cases_of, chain_split, random_split, sequences_of

SMALL: dict[str, dict[str, Any]] = {
    "llm_seq_sim": {"source": {"encoder": "any"}},
}
"""What a model can't be built without; all others are built with their defaults."""

BARS = {"markov": 0.9, "llm_seq_sim": 0.9, "gru4rec": 0.9, "sasrec": 0.9, "sknn": 0.4, "bert4rec": 0.6}
"""HR@1 on the chain, where the last item tells the next and chance is 0.03, of the models that claim to know it:
neighbours are sets, and masks learn more slowly than twelve epochs."""

PROMPTS = [[0, 1, 2], [5], [], [7, 8, 9, 10, 11, 12, 13], [3, 3, 3], [39, 0]]


def small(config: type[ModelConfig], max_epochs: int) -> ModelConfig:
    """The defaults, but narrow and briefly trained where the model is a network."""
    made = config.model_validate(SMALL.get(name_of(config), {}))
    cheap = {
        "dim": 16,
        "hidden_dim": 16,
        "max_len": 10,
        "n_layers": 1,
        "training": Training(lr=1e-2, batch_size=64, max_epochs=max_epochs, patience=max_epochs),
        "dropout": 0.1,
    }
    return made.model_copy(update={name: value for name, value in cheap.items() if name in config.model_fields})


def vectors_of(config: ModelConfig, split: Split) -> Vectors | None:
    """Each item's vector points to its successor on the circle; chance on data without order."""
    if config.vector_source is None:
        return None
    angles = 2 * np.pi * np.arange(split.n_items) / split.n_items
    return Vectors(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))


@cache
def chain() -> Split:
    return chain_split()


@cache
def noise() -> Split:
    return random_split()


@cache
def learnt(config: ModelConfig, data: Callable[[], Split] = chain, seed: int = 0) -> Recommender:
    return fitted(config, data(), vectors_of(config, data()), seed)


@pytest.fixture(params=MODELS, ids=name_of)
def config(request: pytest.FixtureRequest) -> ModelConfig:
    return small(request.param, max_epochs=1)


@pytest.fixture(params=MODELS, ids=name_of)
def trained_config(request: pytest.FixtureRequest) -> ModelConfig:
    return small(request.param, max_epochs=12)


def metrics_of(config: ModelConfig, data: Callable[[], Split]) -> dict[str, float]:
    split = data()
    model = learnt(config, data)
    rankings = rank(model, split.test, candidates=split.candidates, k=10, exclude_seen=split.exclude_seen)
    return evaluate(rankings, split, (1, 10))


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
        queries = model.encode(prompts)
        tiles = [model.score(queries, start, stop) for start, stop in ((0, 1), (1, 17), (17, 40))]
    whole = scores_of(model, prompts, 40)
    assert torch.cat(tiles, 1).float().numpy() == pytest.approx(whole, rel=1e-4, abs=1e-5)


def test_scores_are_made_anew_on_its_device_for_the_caller_to_write_to(config: ModelConfig) -> None:
    model = learnt(config)
    with torch.inference_mode():
        queries = model.encode(sequences_of(PROMPTS))
        scores = model.score(queries, 0, 40)
        before = scores.clone()
        scores[:] = 0.5
        assert torch.equal(model.score(queries, 0, 40), before)
    assert scores.device == model.device


@pytest.mark.parametrize("exclude_seen", [True, False])
def test_its_ranking_is_that_of_the_reference(config: ModelConfig, exclude_seen: bool) -> None:
    split = dataclasses.replace(chain(), exclude_seen=exclude_seen)
    model = learnt(config)
    rankings = rank(model, split.test, candidates=split.candidates, k=10, exclude_seen=exclude_seen)
    assert verify(rankings, model, split, (1, 10), "key") == N_CASES


def test_a_model_without_prompts_answers_nothing(config: ModelConfig) -> None:
    assert scores_of(learnt(config), sequences_of([]), 40).shape == (0, 40)


def test_a_saved_model_is_the_model(config: ModelConfig) -> None:
    model, prompts = learnt(config), sequences_of(PROMPTS)
    state = model.state()
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors.items()}
    again = config.build(40)
    again.load(State(load(save(kept)), state.facts), Run(0, CPU))
    assert np.array_equal(scores_of(again, prompts, 40), scores_of(model, prompts, 40))
    assert same(again.state(), model.state())


def test_equal_seeds_give_equal_models(config: ModelConfig) -> None:
    again = fitted(config, chain(), vectors_of(config, chain()))
    assert same(again.state(), learnt(config).state())


def test_another_seed_matters_only_where_the_configuration_says_so(config: ModelConfig) -> None:
    other = learnt(config, chain, 1)
    assert same(other.state(), learnt(config).state()) != config.stochastic


def test_test_cases_are_never_read(config: ModelConfig) -> None:
    split = dataclasses.replace(chain(), test=cases_of([[0, 2], [5, 5, 5, 1]]))
    assert same(fitted(config, split, vectors_of(config, split)).state(), learnt(config).state())


def test_what_the_order_tells_is_learnt(trained_config: ModelConfig) -> None:
    if trained_config.name not in BARS:
        pytest.skip(f"{trained_config.name} does not claim to know the order; BARS is where it would")
    assert metrics_of(trained_config, chain)["hr_at_1"] >= BARS[trained_config.name]


def test_nothing_is_found_where_there_is_nothing(trained_config: ModelConfig) -> None:
    """A model that beats chance on independent items has seen the answers."""
    split = noise()
    chances = 10 / (split.candidates.sum() - split.test.prompts.lengths)
    chance, error = chances.mean(), np.sqrt((chances * (1 - chances)).sum()) / len(chances)
    assert metrics_of(trained_config, noise)["hr_at_10"] < chance + 4 * error
