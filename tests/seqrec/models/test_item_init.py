"""Item vectors as initial embeddings: their assignment to items and their scale."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from seqrec.errors import ConfigError
from seqrec.models.item_init import ItemInit, initial_table
from seqrec.models.sasrec import Config as SASRec
from seqrec.models.warm_start import Start
from seqrec.text.source import VectorSource
from seqrec.training.config import TrainingConfig
from seqrec.types import Vectors
from tests.seqrec.models.fitted import given
from tests.seqrec.models.neural_cases import RUN, fitted
from tests.synthetic import chain_split

SOURCE = VectorSource(encoder="any")
VECTORS = Vectors(np.arange(1, 13, dtype=np.float32).reshape(4, 3))
TABLE = torch.full((4, 3), 0.5)


def test_raw_vectors_are_taken_as_they_are() -> None:
    start = initial_table(ItemInit(source=SOURCE, scale="raw"), TABLE, VECTORS, seed=0)
    assert torch.equal(start, torch.from_numpy(VECTORS.values))


def test_matched_vectors_have_the_mean_norm_of_the_random_start_and_their_own_directions() -> None:
    start = initial_table(ItemInit(source=SOURCE), TABLE, VECTORS, seed=0)
    torch.testing.assert_close(start.norm(dim=1).mean(), TABLE.norm(dim=1).mean())
    factors = start / torch.from_numpy(VECTORS.values)
    torch.testing.assert_close(factors, factors[0, 0].expand(4, 3))


def test_permuted_vectors_are_the_same_ones_elsewhere_and_the_seed_says_where() -> None:
    vectors = Vectors(np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32))
    table = torch.ones(50, 3)
    config = ItemInit(source=SOURCE, scale="raw", permuted=True)
    first, again, other = (initial_table(config, table, vectors, seed).numpy() for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(np.sort(first, axis=0), np.sort(vectors.values, axis=0))
    assert (first != vectors.values).any(axis=1).mean() > 0.9


def test_vectors_of_another_width_are_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        initial_table(ItemInit(source=SOURCE), torch.ones(4, 8), VECTORS, seed=0)
    assert caught.value.subject == "item_init.source"
    assert caught.value.got == "vectors of width 3"
    assert "8" in caught.value.expected
    assert "dim to 3" in caught.value.remedy


def test_drawn_vectors_keep_lengths_and_nothing_else() -> None:
    vectors = Vectors(np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32) + 2.0)
    config = ItemInit(source=SOURCE, scale="raw", drawn=True)
    first, again, other = (initial_table(config, torch.ones(50, 8), vectors, seed).numpy() for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), np.linalg.norm(vectors.values, axis=1), rtol=1e-5)
    cosines = (first * vectors.values).sum(1) / (np.linalg.norm(first, axis=1) ** 2)
    assert abs(cosines.mean()) < 0.2


def test_two_controls_at_once_are_refused() -> None:
    with pytest.raises(ValidationError, match="two controls"):
        ItemInit(source=SOURCE, drawn=True, permuted=True)


@pytest.mark.parametrize("start", [False, True])
def test_frozen_embeddings_stay_and_the_rest_learns(start: bool) -> None:
    split = chain_split(20)
    vectors = Vectors(np.random.default_rng(0).normal(size=(20, 16)).astype(np.float32))
    training = TrainingConfig(lr=0.01, batch_size=64, max_epochs=3)
    init = ItemInit(source=SOURCE, scale="raw", frozen=True)
    config = SASRec(dim=16, max_len=8, item_init=init, training=training)
    model = fitted(config, split, vectors)
    if start:
        # A training that begins with these weights keeps them, too.
        ingredients = replace(given(config, vectors), start=Start(model.state(), np.arange(20)))
        model = config.build(20)
        list(model.fit(split.training, ingredients, RUN))
    tensors = model.state().tensors
    np.testing.assert_array_equal(tensors["items.weight"].numpy(), vectors.values)
    assert tensors["bias"].abs().max() > 0
    trained = fitted(config.model_copy(update={"item_init": init.model_copy(update={"frozen": False})}), split, vectors)
    assert trained.n_parameters - model.n_parameters == 20 * 16
