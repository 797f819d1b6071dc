"""The fused loss against the formula, in value, gradients and memory."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seqrec.nn import losses
from seqrec.nn.losses import cross_entropy, linear_cross_entropy

Inputs = tuple[Tensor, Tensor, Tensor | None, Tensor]


def inputs(n_positions: int, n_items: int, dim: int, *, bias: bool = True, seed: int = 0) -> Inputs:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()

    targets = torch.randint(n_items, (n_positions,), generator=generator)
    return draw(n_positions, dim), draw(n_items, dim), draw(n_items) if bias else None, targets


def test_uniform_scores_cost_the_logarithm_of_the_catalogue() -> None:
    hidden, table, targets = torch.zeros(3, 4), torch.randn(7, 4), torch.tensor([0, 3, 6])
    assert linear_cross_entropy(hidden, table, None, targets).item() == pytest.approx(math.log(7))


def test_loss_by_hand() -> None:
    hidden, table = torch.tensor([[1.0]]), torch.tensor([[2.0], [1.0]])
    bias, targets = torch.tensor([0.0, 0.5]), torch.tensor([1])
    expected = math.log(math.exp(2.0) + math.exp(1.5)) - 1.5
    assert linear_cross_entropy(hidden, table, bias, targets).item() == pytest.approx(expected)
    assert cross_entropy(hidden, table, bias, targets).item() == pytest.approx(expected)


@given(
    n_positions=st.integers(1, 12),
    n_items=st.integers(1, 9),
    chunk=st.integers(1, 40),
    step=st.integers(1, 5),
    bias=st.booleans(),
    seed=st.integers(0, 99),
)
def test_loss_and_gradients_are_those_of_the_formula_for_any_chunk(
    n_positions: int, n_items: int, chunk: int, step: int, bias: bool, seed: int
) -> None:
    hidden, table, offset, targets = inputs(n_positions, n_items, 3, bias=bias, seed=seed)
    learned = [tensor for tensor in (hidden, table, offset) if tensor is not None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(losses.CHUNK_ELEMENTS, "cpu", chunk)
        patch.setattr(losses, "ROW_STEP", step)
        fused = linear_cross_entropy(hidden, table, offset, targets)
    reference = cross_entropy(hidden, table, offset, targets)
    assert fused.item() == pytest.approx(reference.item(), rel=1e-5, abs=1e-6)
    # A factor, because the gradients are computed before the gradient that comes from above is known.
    expected = torch.autograd.grad(3.0 * reference, learned)
    torch.testing.assert_close(torch.autograd.grad(3.0 * fused, learned), expected, rtol=1e-9, atol=1e-12)


def test_bfloat16_comes_near_and_keeps_weights_and_gradients_in_float32() -> None:
    hidden, table, bias, targets = inputs(200, 50, 16)
    assert bias is not None
    hidden, table, bias = (tensor.detach().float().requires_grad_() for tensor in (hidden, table, bias))
    reference = torch.autograd.grad(cross_entropy(hidden, table, bias, targets), (hidden, table, bias))
    with torch.autocast("cpu", torch.bfloat16):
        loss = linear_cross_entropy(hidden, table, bias, targets)
    gradients = torch.autograd.grad(loss, (hidden, table, bias))
    assert loss.item() == pytest.approx(cross_entropy(hidden, table, bias, targets).item(), rel=0.01)
    for gradient, expected in zip(gradients, reference, strict=True):
        assert gradient.dtype == torch.float32
        assert torch.nn.functional.cosine_similarity(gradient.flatten(), expected.flatten(), 0) > 0.9995


def test_far_logits_give_exact_gradients_and_a_bounded_loss() -> None:
    hidden = torch.tensor([[1.0]], requires_grad=True)
    loss = linear_cross_entropy(hidden, torch.tensor([[500.0], [0.0]]), None, torch.tensor([1]))
    assert 87.0 < loss.item() < 88.0
    assert torch.autograd.grad(loss, hidden)[0].item() == 500.0


def test_not_a_number_is_passed_on() -> None:
    hidden = torch.full((1, 2), torch.nan)
    assert linear_cross_entropy(hidden, torch.ones(3, 2), None, torch.tensor([0])).isnan()
