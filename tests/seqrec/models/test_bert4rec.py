"""BERT4Rec hides what it predicts, sees both sides, learns order, and learns nothing from noise."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from seqrec.models.bert4rec import Config
from seqrec.nn.init import initialise
from seqrec.nn.losses.softmax import cross_entropy
from seqrec.training.batches import Batch
from seqrec.training.config import TrainingConfig
from tests.seqrec.models.neural_cases import (
    chance_at_10,
    first_losses,
    fitted,
    golden_losses,
    ndcg_at_10,
)
from tests.synthetic import chain_split, random_split

TRAINING = TrainingConfig(lr=0.01, batch_size=64, max_epochs=25, patience=10, precision="float32")
SMALL = Config(dim=32, max_len=12, dropout=0.1, n_layers=1, training=TRAINING)


def test_learns_the_chain() -> None:
    split = chain_split()
    assert ndcg_at_10(fitted(SMALL, split), split).mean() > 0.9


def test_stays_at_chance_where_nothing_can_be_learnt() -> None:
    split = random_split()
    values = ndcg_at_10(fitted(SMALL, split), split)
    error = values.std() / len(values) ** 0.5
    assert values.mean() < chance_at_10(split) + 4 * error


def test_first_losses_are_golden() -> None:
    config = Config(dim=16, max_len=8, dropout=0.2, training=TrainingConfig(lr=0.01))
    assert first_losses(config) == pytest.approx(golden_losses(config), rel=1e-4)


def batch_of(n_rows: int) -> Batch:
    lengths = torch.arange(n_rows) % 8 + 2
    return Batch(torch.randint(1, 30, (n_rows, 10)) * (torch.arange(10) < lengths[:, None]), lengths)


def test_masks_hide_real_items_at_the_rates_declared() -> None:
    torch.manual_seed(0)
    network = Config(dim=8, max_len=10, mask_prob=0.6, n_masks=4).network(30)
    batch = batch_of(40_000)
    hidden = network._draw_masks(batch)
    assert not (hidden & ~batch.real).any()
    assert hidden.any(1).all()
    # In rows of nine, a random mask hides only the last item with probability 0.6 * 0.4 ** 8, or by default.
    rows = batch.lengths == 9
    last_only = hidden[rows, 8] & (hidden[rows].sum(1) == 1)
    n = int(rows.sum())
    assert last_only.float().mean().item() == pytest.approx(0.2, abs=4 * (0.2 * 0.8 / n) ** 0.5 + 0.001)
    share = hidden[rows][~last_only][:, :9].float().mean().item()
    assert share == pytest.approx(0.6, abs=0.01)


def test_an_epoch_shows_one_copy_more_than_there_are_random_masks() -> None:
    assert Config(n_masks=3).network(5).passes == 4


def test_loss_is_taken_at_hidden_items_and_does_not_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Config(dim=8, max_len=6, dropout=0.0).network(30).eval()
    initialise(network)
    hidden = torch.tensor([[False, True, False, True], [True, False, False, False]])
    monkeypatch.setattr(network, "_draw_masks", lambda batch: hidden)
    batch = Batch(torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0]]), torch.tensor([4, 2]))
    loss = network.loss(batch)
    assert loss.n_positions == 3
    # A masked item does not reach the states; it is only a target.
    blank = Batch(batch.items.masked_fill(hidden, 0), batch.lengths)
    queries = network.head(network._states(blank, hidden))[hidden]
    expected = cross_entropy(queries, network.table, network.bias, torch.tensor([4, 6, 7]))
    torch.testing.assert_close(loss.value, expected)


def test_query_is_the_state_at_a_mask_after_the_prompt() -> None:
    network = Config(dim=8, max_len=6).network(30).eval()
    initialise(network)
    prompt = Batch(torch.tensor([[3, 4], [5, 0]]), torch.tensor([2, 1]))
    alone = network.queries(Batch(torch.tensor([[5]]), torch.tensor([1])))
    torch.testing.assert_close(network.queries(prompt)[1:], alone, rtol=1e-5, atol=1e-6)
    assert network.prompt_len == 5
    assert network.window == 6


@pytest.mark.parametrize("scaled", [False, True])
def test_items_go_in_scaled(scaled: bool) -> None:
    network = Config(dim=16, max_len=6, scaled=scaled, input_norm=True).network(30).eval()
    initialise(network)
    with torch.no_grad():
        network.inputs.positions.weight.zero_()
        network.items.weight.div_(4 if scaled else 1)
        expected = network.inputs.norm(network.items(torch.tensor([[3]])) * (4 if scaled else 1))
    torch.testing.assert_close(network.inputs(network.items(torch.tensor([[3]])), torch.tensor([1])), expected)


@pytest.mark.parametrize("changes", [{}, {"scaled": True, "input_norm": True, "head": {"activation": "none"}}])
def test_both_sides_are_seen(changes: dict[str, object]) -> None:
    network = Config.model_validate({"dim": 8, "max_len": 6} | changes).network(30).eval()
    hidden = torch.tensor([[False, True, False]])
    before = network._states(Batch(torch.tensor([[3, 4, 5]]), torch.tensor([3])), hidden)[0, 1]
    after = network._states(Batch(torch.tensor([[3, 4, 6]]), torch.tensor([3])), hidden)[0, 1]
    assert not torch.allclose(before, after)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValidationError, match="dim 10 is not a multiple of n_heads 4"):
        Config(dim=10, n_heads=4)


@pytest.mark.parametrize("length", [2, 5, 19])
def test_batches_are_made_for_as_many_targets_as_are_hidden(length: int) -> None:
    network = Config(dim=8, mask_prob=0.3, n_masks=2).network(10)
    n = 20_000
    torch.manual_seed(0)
    hidden = network._draw_masks(Batch(torch.zeros(n, length, dtype=torch.int64), torch.full((n,), length)))
    assert hidden.sum().item() / n == pytest.approx(network.n_targets(np.array([length]))[0], rel=0.02)
