"""SASRec looks left only, learns order, and learns nothing from noise."""

import pytest
import torch
from pydantic import ValidationError

from seqrec.models.sasrec import Config
from seqrec.training.config import TrainingConfig
from tests.seqrec.models.neural_cases import (
    chance_at_10,
    first_losses,
    fitted,
    golden_losses,
    ndcg_at_10,
)
from tests.synthetic import chain_split, random_split

SMALL = Config(dim=32, max_len=10, dropout=0.1, training=TrainingConfig(lr=0.01, batch_size=64, max_epochs=15))


def test_learns_the_chain() -> None:
    split = chain_split()
    assert ndcg_at_10(fitted(SMALL, split), split).mean() > 0.9


def test_stays_at_chance_where_nothing_can_be_learnt() -> None:
    split = random_split()
    values = ndcg_at_10(fitted(SMALL, split), split)
    error = values.std() / len(values) ** 0.5
    assert values.mean() < chance_at_10(split) + 4 * error


def test_first_losses_are_golden() -> None:
    config = Config(dim=16, max_len=8, dropout=0.2, scaled=False, training=TrainingConfig(lr=0.01))
    assert first_losses(config) == pytest.approx(golden_losses(config), rel=1e-4)


def test_states_do_not_know_what_follows() -> None:
    network = Config(dim=16, max_len=8).network(20).eval()
    items, lengths = torch.tensor([[3, 1, 4, 1, 5]]), torch.tensor([5])
    changed = torch.tensor([[3, 1, 4, 9, 2]])
    before, after = network.states(items, lengths), network.states(changed, lengths)
    assert torch.equal(before[0, :3], after[0, :3])
    assert not torch.allclose(before[0, 3:], after[0, 3:])


def test_padding_changes_nothing() -> None:
    network = Config(dim=16, max_len=8).network(20).eval()
    alone = network.states(torch.tensor([[3, 1, 4]]), torch.tensor([3]))
    padded = network.states(torch.tensor([[3, 1, 4, 0, 0], [1, 2, 3, 4, 5]]), torch.tensor([3, 5]))
    torch.testing.assert_close(padded[0, :3], alone[0], rtol=1e-5, atol=1e-6)


def test_order_matters() -> None:
    network = Config(dim=16, max_len=8).network(20).eval()
    one = network.states(torch.tensor([[3, 1, 4]]), torch.tensor([3]))[0, -1]
    other = network.states(torch.tensor([[1, 3, 4]]), torch.tensor([3]))[0, -1]
    assert not torch.allclose(one, other)


def test_final_norm_is_optional() -> None:
    names = set(Config(final_norm=False).network(5).state_dict())
    assert names == set(Config().network(5).state_dict()) - {"norm.weight", "norm.bias"}


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValidationError, match="dim 10 is not a multiple of n_heads 4"):
        Config(dim=10, n_heads=4)


@pytest.mark.parametrize(
    "form",
    [
        {"scaled": False},
        {"norm": "post", "inner": 4, "activation": "gelu", "input_norm": True, "scaled": False, "final_norm": False},
    ],
)
def test_learns_the_chain_in_the_forms_of_others(form: dict[str, object]) -> None:
    split = chain_split()
    config = Config.model_validate(SMALL.model_dump() | form)
    assert ndcg_at_10(fitted(config, split), split).mean() > 0.9


def test_items_go_in_scaled_and_come_out_as_they_are() -> None:
    torch.manual_seed(0)
    plain, scaled = (Config(dim=16, max_len=8, scaled=flag).network(20).eval() for flag in (False, True))
    scaled.load_state_dict(plain.state_dict())
    batch = torch.tensor([[3, 1, 4]]), torch.tensor([3])
    with torch.no_grad():
        plain.items.weight.mul_(4.0)
        assert torch.allclose(plain.states(*batch), scaled.states(*batch), atol=1e-6)
