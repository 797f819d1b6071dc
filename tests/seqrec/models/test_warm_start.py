"""Networks that begin with earlier weights: what they know at once, what of new items, and that training goes on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from seqrec.models.base import Ingredients
from seqrec.models.bert4rec import Config as BERT4Rec
from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.item_init import ItemInit
from seqrec.models.item_tables.adaptor import Config as Adaptor
from seqrec.models.neural import NeuralConfig, NeuralRecommender
from seqrec.models.sasrec import Config as SASRec
from seqrec.models.warm_start import Start
from seqrec.nn.affine import fit_affine
from seqrec.nn.head import Head
from seqrec.text.source import VectorSource
from seqrec.training.config import TrainingConfig
from seqrec.types import State, Vectors
from tests.seqrec.models.fitted import given, scores_of
from tests.seqrec.models.neural_cases import RUN, fitted
from tests.synthetic import chain_split

DIM, N_ITEMS = 16, 40
SOURCE = VectorSource(encoder="any")
TRAINING = TrainingConfig(lr=0.01, batch_size=64, max_epochs=8)
SMALL = SASRec(dim=DIM, max_len=8, dropout=0.1, head=Head(bias=True), training=TRAINING)
NETWORKS: list[NeuralConfig] = [
    SMALL,
    GRU4Rec(dim=DIM, hidden_dim=DIM, max_len=8, training=TRAINING),
    BERT4Rec(dim=DIM, max_len=8, n_layers=1, n_masks=1, training=TRAINING),
    SMALL.model_copy(update={"item_init": ItemInit(source=SOURCE)}),
    SMALL.model_copy(update={"item_table": Adaptor(source=SOURCE, ids=False)}),
    SMALL.model_copy(update={"item_table": Adaptor(source=SOURCE, n_experts=2)}),
]
EACH = pytest.mark.parametrize("config", NETWORKS, ids=lambda one: f"{one.name}-{one.item_table.name}-{one.needs.dims}")
SPLIT = chain_split(N_ITEMS)


def circle() -> Vectors:
    """Return vectors on a curve, so that a smooth map leads from each item to the one that follows it."""
    angles = 2 * np.pi * np.arange(N_ITEMS)[:, None] / N_ITEMS * np.arange(1, DIM // 2 + 1)
    return Vectors(np.concatenate([np.cos(angles), np.sin(angles)], 1).astype(np.float32))


def vectors_for(config: NeuralConfig, vectors: Vectors) -> Vectors | None:
    """Return the vectors if the network needs any."""
    return vectors if config.needs.vectors else None


def begun(config: NeuralConfig, state: State, rows: np.ndarray, vectors: Vectors) -> NeuralRecommender:
    """Return a network with the weights that its training would begin with."""
    ingredients = replace(given(config, vectors_for(config, vectors)), start=Start(state, rows))
    model = config.build(len(rows))
    network = model._start(ingredients, RUN)
    ready = config.build(len(rows))
    ready.load(State(network.state_dict()), Ingredients(), RUN)
    return ready


@EACH
def test_known_items_keep_what_was_learnt_whatever_their_codes(config: NeuralConfig) -> None:
    earlier = fitted(config, SPLIT, vectors_for(config, circle()))
    order = np.random.default_rng(0).permutation(N_ITEMS)
    # Item `order[i]` has code i today, and its vector lies in a space that was turned, scaled and shifted.
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((DIM, DIM)))[0]
    today = Vectors((circle().values[order] @ turn * 2.0 + 1.0).astype(np.float32))
    model = begun(config, earlier.state(), order.astype(np.int64), today)
    codes = np.argsort(order).astype(np.int32)
    prompts = SPLIT.test.prompts
    moved = replace(prompts, items=codes[prompts.items])
    before, after = scores_of(earlier, prompts, N_ITEMS), scores_of(model, moved, N_ITEMS)
    np.testing.assert_allclose(after, before[:, order], rtol=0.02, atol=0.02 * np.abs(before).max())


@EACH
def test_training_goes_on_from_there(config: NeuralConfig) -> None:
    vectors = vectors_for(config, circle())
    earlier = fitted(config, SPLIT, vectors)
    cold, warm = config.build(N_ITEMS), config.build(N_ITEMS)
    rows = np.arange(N_ITEMS, dtype=np.int64)
    from_nothing = next(iter(cold.fit(SPLIT.training, given(config, vectors), RUN)))
    ingredients = replace(given(config, vectors), start=Start(earlier.state(), rows))
    from_earlier = next(iter(warm.fit(SPLIT.training, ingredients, RUN)))
    assert from_earlier.loss < from_nothing.loss - 0.1


@EACH
def test_new_items_need_no_earlier_row(config: NeuralConfig) -> None:
    few = chain_split(N_ITEMS - 10)
    some = Vectors(circle().values[: N_ITEMS - 10])
    earlier = fitted(config, few, vectors_for(config, some))
    rows = np.r_[np.arange(N_ITEMS - 10), np.full(10, -1)].astype(np.int64)
    model = begun(config, earlier.state(), rows, circle())
    assert np.isfinite(scores_of(model, few.test.prompts, N_ITEMS)).all()


def test_a_new_item_begins_where_trained_items_with_such_vectors_are() -> None:
    config = SMALL.model_copy(update={"item_init": ItemInit(source=SOURCE, scale="raw")})
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((N_ITEMS, DIM)).astype(np.float32)
    trained = torch.from_numpy(vectors @ rng.standard_normal((DIM, DIM)).astype(np.float32) + 3.0)
    earlier = fitted(config, SPLIT, Vectors(vectors))
    tensors = {**earlier.state().tensors, "items.weight": trained}
    rows = np.arange(N_ITEMS, dtype=np.int64)
    rows[[3, 21]] = -1
    model = begun(config, State(tensors), rows, Vectors(vectors))
    factors = torch.from_numpy(model.item_factors[:, :DIM])
    torch.testing.assert_close(factors[rows >= 0], trained[rows >= 0])
    torch.testing.assert_close(factors[rows < 0], trained[rows < 0], rtol=0.02, atol=0.05)


def test_an_affine_map_is_found_again() -> None:
    generator = torch.Generator().manual_seed(0)
    source = torch.randn(200, 5, generator=generator)
    weight, shift = torch.randn(5, 3, generator=generator), torch.randn(3, generator=generator)
    found = fit_affine(source, source @ weight + shift)
    torch.testing.assert_close(found.weight, weight, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(found.shift, shift, rtol=1e-2, atol=1e-2)
    nothing = fit_affine(source[:0], source[:0])
    assert not nothing(source).any()
