"""Dropout keeps the expectation, drops its share, and does nothing outside training."""

import pytest
import torch

from seqrec.nn.dropout import Dropout


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.5, 0.9])
def test_share_and_scale(rate: float) -> None:
    torch.manual_seed(0)
    dropped = Dropout(rate)(torch.ones(257, 391))
    share = (dropped == 0).float().mean().item()
    assert share == pytest.approx(rate, abs=1 / 512 + 4 * (rate * (1 - rate) / dropped.numel()) ** 0.5)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.04)
    assert len(dropped.unique()) == 2


def test_neighbours_are_independent() -> None:
    # Eight draws come from one 64-bit word; no pair of its bytes may agree more often than chance.
    torch.manual_seed(0)
    kept = (Dropout(0.5)(torch.ones(40_000, 8)) > 0).double()
    correlation = torch.corrcoef(kept.T) - torch.eye(8)
    assert correlation.abs().max() < 0.025


def test_gradient_flows_where_the_number_was_kept() -> None:
    torch.manual_seed(0)
    hidden = torch.ones(100, requires_grad=True)
    dropped = Dropout(0.5)(hidden)
    dropped.sum().backward()
    assert torch.equal(hidden.grad, dropped.detach())


def test_identity_in_evaluation_and_at_rate_zero() -> None:
    hidden = torch.randn(5, 3)
    assert torch.equal(Dropout(0.5).eval()(hidden), hidden)
    assert torch.equal(Dropout(0.0)(hidden), hidden)


def test_type_is_kept() -> None:
    assert Dropout(0.5)(torch.ones(9, dtype=torch.bfloat16)).dtype == torch.bfloat16
