"""Every parameter is drawn, and no two parameters are equal."""

import torch
from torch import nn

from seqrec.models.gru4rec import Config as GRU4Rec
from seqrec.models.sasrec import Config as SASRec
from seqrec.nn.init import ITEM_STD, initialise


def test_embeddings_have_the_declared_spread() -> None:
    network = SASRec(dim=64).network(2000)
    initialise(network)
    assert abs(network.table.std().item() / ITEM_STD - 1) < 0.02


def test_like_matrices_start_different() -> None:
    network = SASRec(dim=16, n_layers=2).network(10)
    initialise(network)
    query, key, value = network.blocks[0].attention.qkv.weight.chunk(3)
    assert not torch.equal(query, key)
    assert not torch.equal(key, value)
    assert not torch.equal(query, network.blocks[1].attention.qkv.weight.chunk(3)[0])


def test_recurrent_gates_start_orthogonal() -> None:
    network = GRU4Rec(dim=8, hidden_dim=16).network(10)
    initialise(network)
    for gate in network.layers[0].weight_hh_l0.chunk(3):
        torch.testing.assert_close(gate @ gate.T, torch.eye(16), rtol=1e-4, atol=1e-5)


def test_biases_start_at_zero() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.GRU(4, 4))
    initialise(network)
    assert all(not p.any() for name, p in network.named_parameters() if "bias" in name)
