"""Item vectors as initial embeddings: their assignment to items and their scale."""

import numpy as np
import pytest
import torch

from seqrec.errors import ConfigError
from seqrec.models.item_init import ItemInit, initial_table
from seqrec.text.source import VectorSource
from seqrec.types import Vectors

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
