"""GRU4Rec reads left to right, learns order, and learns nothing from noise."""

import pytest
import torch

from seqrec.models.gru4rec import Config
from seqrec.training.config import TrainingConfig
from tests.seqrec.models.neural_cases import (
    chance_at_10,
    first_losses,
    fitted,
    golden_losses,
    ndcg_at_10,
)
from tests.synthetic import chain_split, random_split

SMALL = Config(
    dim=32, hidden_dim=32, max_len=10, dropout=0.1, training=TrainingConfig(lr=0.01, batch_size=64, max_epochs=20)
)


def test_learns_the_chain() -> None:
    split = chain_split()
    assert ndcg_at_10(fitted(SMALL, split), split).mean() > 0.9


def test_stays_at_chance_where_nothing_can_be_learnt() -> None:
    split = random_split()
    values = ndcg_at_10(fitted(SMALL, split), split)
    error = values.std() / len(values) ** 0.5
    assert values.mean() < chance_at_10(split) + 4 * error


def test_first_losses_are_golden() -> None:
    config = Config(dim=16, hidden_dim=24, max_len=8, dropout=0.2, training=TrainingConfig(lr=0.01))
    assert first_losses(config) == pytest.approx(golden_losses(config), rel=1e-4)


def test_states_do_not_know_what_follows_and_padding_changes_nothing() -> None:
    network = Config(dim=16, hidden_dim=16).network(20).eval()
    short = network.states(torch.tensor([[3, 1, 4]]), torch.tensor([3]))
    longer = network.states(torch.tensor([[3, 1, 4, 9, 2]]), torch.tensor([5]))
    torch.testing.assert_close(longer[0, :3], short[0])


def test_layers_and_width_are_as_configured() -> None:
    layers = Config(dim=8, hidden_dim=12, n_layers=3).network(5).layers
    assert [(layer.input_size, layer.hidden_size) for layer in layers] == [(8, 12), (12, 12), (12, 12)]
