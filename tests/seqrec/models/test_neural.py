"""Features that all neural models share: resume, state, encoding in batches, initial item vectors, refit."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqrec.errors import TrainingError
from seqrec.models.base import Ingredients, Needs
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.item_init import ItemInit
from seqrec.models.neural import NeuralConfig
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.losses.gbce import Config as Gbce
from seqrec.nn.losses.sampled_softmax import Config as SampledSoftmax
from seqrec.nn.transformer import Block
from seqrec.text.source import VectorSource
from seqrec.training.batches import Batch
from seqrec.training.config import TrainingConfig
from seqrec.training.optimiser import build_optimiser
from seqrec.types import Vectors
from tests.seqrec.models.fitted import any_items
from tests.seqrec.models.neural_cases import RUN, first_losses, fitted, ndcg_at_10
from tests.synthetic import chain_split, sequences_of, with_training

TRAINING = TrainingConfig(lr=0.01, batch_size=64, max_epochs=5)
CONFIGS: list[NeuralConfig] = [
    GRU4Rec(dim=16, hidden_dim=16, max_len=8, training=TRAINING),
    SASRec(dim=16, max_len=8, training=TRAINING),
    BERT4Rec(dim=16, max_len=8, n_layers=1, n_masks=1, training=TRAINING),
]
SPLIT = chain_split(n_items=20, n_train=100, n_valid=20, n_test=20)
RULES = any_items(SPLIT.n_items)
BY_NAME = pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
DRAWN: list[NeuralConfig] = [
    SASRec(dim=16, max_len=8, loss=Gbce(n_negatives=8), training=TRAINING),
    GRU4Rec(dim=16, hidden_dim=16, max_len=8, loss=SampledSoftmax(n_negatives=16), training=TRAINING),
    BERT4Rec(
        dim=16,
        max_len=8,
        n_layers=1,
        n_masks=1,
        loss=SampledSoftmax(n_negatives=16, sampling="popularity"),
        training=TRAINING,
    ),
]
"""Losses with random negatives."""
ON_PREFIXES = [
    config.model_copy(update={"training": config.training.model_copy(update={"windows": "prefixes"})})
    for config in CONFIGS
]


def test_trainings_side_by_side_end_in_the_very_bits() -> None:
    configs = [*CONFIGS, *DRAWN]

    def trained(config: NeuralConfig) -> Mapping[str, Tensor]:
        return fitted(config, SPLIT).state().tensors

    one_by_one = list(map(trained, configs))
    with ThreadPoolExecutor(len(configs)) as pool:
        together = list(pool.map(trained, configs))
    for config, alone, beside_others in zip(configs, one_by_one, together, strict=True):
        for name, tensor in alone.items():
            assert torch.equal(tensor, beside_others[name]), (config.name, name)


@pytest.mark.parametrize(
    "config", [*CONFIGS, *DRAWN, *ON_PREFIXES], ids=lambda config: f"{config.name}-{config.loss.name}"
)
def test_interrupted_training_resumes_in_the_very_bits(config: NeuralConfig) -> None:
    whole = config.build(SPLIT.n_items)
    undisturbed = [replace(report, duration_s=0.0) for report in whole.fit(SPLIT.training, Ingredients(), RUN)]

    first = config.build(SPLIT.n_items)
    before = [replace(report, duration_s=0.0) for report in islice(first.fit(SPLIT.training, Ingredients(), RUN), 2)]
    state = first.checkpoint()
    second = config.build(SPLIT.n_items)
    after = [replace(report, duration_s=0.0) for report in second.fit(SPLIT.training, Ingredients(), RUN, resume=state)]

    assert before + after == undisturbed
    for name, tensor in whole.state().tensors.items():
        assert torch.equal(tensor, second.state().tensors[name]), name


@pytest.mark.parametrize(
    "config", [*CONFIGS, *DRAWN, *ON_PREFIXES], ids=lambda config: f"{config.name}-{config.loss.name}"
)
def test_training_interrupted_within_an_epoch_resumes_in_the_very_bits(config: NeuralConfig) -> None:
    whole = config.build(SPLIT.n_items)
    n_steps = 0

    def count(done: int, total: int) -> None:
        nonlocal n_steps
        n_steps += 1

    undisturbed = [report.loss for report in whole.fit(SPLIT.training, Ingredients(), replace(RUN, on_step=count))]
    left = n_steps // 2

    def leave(done: int, total: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise InterruptedError

    first, losses = config.build(SPLIT.n_items), []
    with pytest.raises(InterruptedError):
        losses.extend(report.loss for report in first.fit(SPLIT.training, Ingredients(), replace(RUN, on_step=leave)))
    state = first.checkpoint()
    second = config.build(SPLIT.n_items)
    after = [report.loss for report in second.fit(SPLIT.training, Ingredients(), RUN, resume=state)]

    assert (losses + after)[-len(after) :] == undisturbed[-len(after) :]
    for name, tensor in whole.state().tensors.items():
        assert torch.equal(tensor, second.state().tensors[name]), name


@BY_NAME
def test_a_loaded_model_answers_as_the_fitted_one(config: NeuralConfig) -> None:
    model = fitted(config, SPLIT)
    loaded = config.build(SPLIT.n_items)
    loaded.load(model.state(), Ingredients(), RUN)
    first, second = (one.score(one.encode(SPLIT.test.prompts, RULES), 3, 17) for one in (loaded, model))
    assert torch.equal(first, second)
    assert loaded.n_parameters == model.n_parameters > 0
    assert loaded.checkpoint() is None


@BY_NAME
def test_loading_and_answering_draw_nothing(config: NeuralConfig) -> None:
    # The generator is global: draws here would change those of a training in another thread.
    state = fitted(config, SPLIT).state()
    before = torch.random.get_rng_state()
    loaded = config.build(SPLIT.n_items)
    loaded.load(state, Ingredients(), RUN)
    ndcg_at_10(loaded, SPLIT)
    assert torch.equal(torch.random.get_rng_state(), before)


@BY_NAME
def test_each_prompt_is_encoded_as_if_alone(config: NeuralConfig) -> None:
    model = fitted(config, SPLIT)
    prompts = sequences_of([[1, 2, 3], [4], [], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [2, 3]])
    together = model.encode(prompts, RULES)
    for row in range(len(prompts)):
        alone = model.encode(prompts.block(row, row + 1), RULES)
        torch.testing.assert_close(together[row], alone[0], rtol=1e-4, atol=1e-5)


@BY_NAME
def test_only_the_window_counts(config: NeuralConfig) -> None:
    model = fitted(config, SPLIT)
    recent = [4, 5, 6, 7, 8, 9, 10, 11]
    queries = model.encode(sequences_of([[1, 2, 3, *recent], [15, *recent]]), RULES)
    torch.testing.assert_close(queries[0], queries[1])


@BY_NAME
def test_scores_are_products_with_the_table_plus_bias(config: NeuralConfig) -> None:
    model = fitted(config, SPLIT)
    queries = model.encode(SPLIT.test.prompts, RULES)
    state = model.state().tensors
    expected = queries @ state["items.weight"].T + state["bias"]
    torch.testing.assert_close(model.score(queries, 0, SPLIT.n_items), expected)


@pytest.mark.parametrize("config", DRAWN, ids=["gbce", "uniform", "popularity"])
def test_a_loss_that_draws_learns_the_order(config: NeuralConfig) -> None:
    split, training = chain_split(), TrainingConfig(lr=0.01, batch_size=64, max_epochs=15, precision="float32")
    model = fitted(SASRec(dim=32, max_len=10, dropout=0.1, loss=config.loss, training=training), split)
    assert ndcg_at_10(model, split).mean() > 0.9


@pytest.mark.parametrize("config", ON_PREFIXES, ids=lambda config: config.name)
def test_prefixes_teach_the_order(config: NeuralConfig) -> None:
    split = chain_split()
    training = config.training.model_copy(update={"max_epochs": 10})
    model = fitted(config.model_copy(update={"training": training, "dim": 32}), split)
    assert ndcg_at_10(model, split).mean() > 0.9


def test_draws_by_popularity_follow_what_is_trained_on() -> None:
    model = DRAWN[2].build(SPLIT.n_items)
    reports = model.fit(replace(SPLIT.training, refit=True), Ingredients(), RUN)
    totals = {report.phase: int(model._fitted.criterion.ends[-1]) for report in reports}
    assert totals == {"fit": SPLIT.training.fit.n_events, "refit": SPLIT.training.train.n_events}


def test_seed_decides_and_nothing_else() -> None:
    config = CONFIGS[1]
    first, again = (fitted(config, SPLIT).state().tensors for _ in range(2))
    other = fitted(config, SPLIT, run=replace(RUN, seed=1)).state().tensors
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not torch.equal(first["items.weight"], other["items.weight"])


def test_vectors_are_where_training_starts() -> None:
    angles = np.linspace(0, 2 * np.pi, SPLIT.n_items, endpoint=False)
    circle = np.stack([f(k * angles) for k in range(1, 9) for f in (np.sin, np.cos)], 1).astype(np.float32)
    start = ItemInit(source=VectorSource(encoder="any"))
    frozen = TrainingConfig(lr=1e-12, max_epochs=1)
    config = SASRec(dim=16, max_len=8, item_init=start, training=frozen)
    table = fitted(config, SPLIT, Vectors(circle)).state().tensors["items.weight"].numpy()
    np.testing.assert_allclose(table / table[0, 1], circle / circle[0, 1], atol=1e-4)
    assert config.needs == Needs(vectors={"item_init": start.source}, dims={"item_init": 16})
    assert SASRec().needs == Needs()


def test_refit_learns_from_the_held_out_sequences_too() -> None:
    split = with_training(SPLIT, refit=True)
    reports = list(CONFIGS[1].build(split.n_items).fit(split.training, Ingredients(), RUN))
    refit = [report for report in reports if report.phase == "refit"]
    best_epoch = reports[-1].best_epoch
    assert [report.epoch for report in refit] == list(range(1, best_epoch + 1))
    assert not refit[-1].valid
    model = fitted(CONFIGS[1], split)
    assert ndcg_at_10(model, split).mean() > 0.3


def test_validation_is_reported() -> None:
    report = next(iter(CONFIGS[1].build(SPLIT.n_items).fit(SPLIT.training, Ingredients(), RUN)))
    assert set(report.valid) == {"ndcg_at_20", "hr_at_20"}
    assert all(0.0 <= value <= 1.0 for value in report.valid.values())


@BY_NAME
@pytest.mark.parametrize(("rates", "dropped"), [((0.5, None), 0.5), ((0.5, 0.0), 0.0), ((0.0, 0.875), 0.875)])
def test_the_input_has_a_dropout_rate_of_its_own(
    config: NeuralConfig, rates: tuple[float, float | None], dropped: float
) -> None:
    dropout, input_dropout = rates
    changed = config.model_copy(update={"dropout": dropout, "input_dropout": input_dropout})
    torch.manual_seed(0)
    network = changed.network(SPLIT.n_items).train()
    first = next(module for module in network.modules() if isinstance(module, (Block, nn.GRU)))
    entered: list[Tensor] = []
    first.register_forward_pre_hook(lambda _, given: entered.append(given[0]))
    prompts = Batch(torch.randint(SPLIT.n_items, (100, 7)), torch.full((100,), 7))
    queries = [network.queries(prompts) for _ in range(2)]
    assert float((entered[0] == 0).double().mean()) == pytest.approx(dropped, abs=0.02)
    assert torch.equal(entered[0], entered[1]) == (dropped == 0.0)
    # Layers after the input drop at the rate of `dropout`, no matter what the input does.
    assert not torch.equal(*queries)


@BY_NAME
@pytest.mark.parametrize("decay_embeddings", [False, True])
def test_tables_of_items_and_positions_decay_if_requested(config: NeuralConfig, decay_embeddings: bool) -> None:
    network = config.network(SPLIT.n_items)
    tables = {f"{name}.weight" for name, module in network.named_modules() if isinstance(module, nn.Embedding)}
    assert "items.weight" in tables
    before = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    training = TrainingConfig(lr=0.1, weight_decay=0.5, decay_embeddings=decay_embeddings)
    optimiser = build_optimiser(network, training)
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    for name, parameter in network.named_parameters():
        decays = parameter.ndim > 1 and (decay_embeddings or name not in tables)
        torch.testing.assert_close(parameter.detach(), before[name] * (0.95 if decays else 1.0))


@pytest.mark.parametrize("config", [*CONFIGS, *DRAWN], ids=lambda config: f"{config.name}-{config.loss.name}")
def test_a_dry_run_changes_no_loss(config: NeuralConfig) -> None:
    assert first_losses(config, dry=True) == first_losses(config)


def test_divergence_names_the_model() -> None:
    config = SASRec(dim=16, max_len=8, training=TrainingConfig(lr=1e30, clip_norm=None, batch_size=16))
    with pytest.raises(TrainingError) as caught:
        list(config.build(SPLIT.n_items).fit(SPLIT.training, Ingredients(), RUN))
    assert caught.value.subject == "sasrec"
    assert "training.lr" in caught.value.remedy


def test_every_seed_counts() -> None:
    assert all(config.stochastic for config in CONFIGS)
