"""The fused loss compared with the formula, in value, gradients and memory."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqrec.nn.losses import softmax
from seqrec.nn.losses.softmax import ALIGNMENT_BYTES, ROW_STEP, cross_entropy, linear_cross_entropy
from tests.seqrec.nn.losses.problems import problem, some_of
from tests.tensor_peak import tensor_peak


def test_uniform_scores_cost_the_logarithm_of_the_catalogue() -> None:
    queries, table, targets = torch.zeros(3, 4), torch.randn(7, 4), torch.tensor([0, 3, 6])
    assert linear_cross_entropy(queries, table, None, targets).item() == pytest.approx(math.log(7))


def test_loss_by_hand() -> None:
    queries, table = torch.tensor([[1.0]]), torch.tensor([[2.0], [1.0]])
    bias, targets = torch.tensor([0.0, 0.5]), torch.tensor([1])
    expected = math.log(math.exp(2.0) + math.exp(1.5)) - 1.5
    assert linear_cross_entropy(queries, table, bias, targets).item() == pytest.approx(expected)
    assert cross_entropy(queries, table, bias, targets).item() == pytest.approx(expected)


@given(
    n_positions=st.integers(1, 12),
    n_items=st.integers(1, 9),
    chunk=st.integers(1, 40),
    step=st.integers(1, 5),
    alignment=st.integers(1, 5),
    bias=st.booleans(),
    masked=st.booleans(),
    seed=st.integers(0, 99),
)
def test_loss_and_gradients_are_those_of_the_formula_for_any_chunk(
    n_positions: int, n_items: int, chunk: int, step: int, alignment: int, bias: bool, masked: bool, seed: int
) -> None:
    given = problem(n_positions, n_items, bias=bias, seed=seed)
    counted = some_of(n_positions, seed) if masked else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(softmax.CHUNK_ELEMENTS, "cpu", chunk)
        patch.setitem(softmax.ALIGNMENT_BYTES, "cpu", 8 * alignment)
        patch.setattr(softmax, "ROW_STEP", step)
        fused = linear_cross_entropy(*given, counted)
    reference = cross_entropy(*given, counted)
    assert fused.item() == pytest.approx(reference.item(), rel=1e-5, abs=1e-6)
    # A factor, because the gradients are computed before the upstream gradient is known.
    expected = torch.autograd.grad(3.0 * reference, given.learnt)
    torch.testing.assert_close(torch.autograd.grad(3.0 * fused, given.learnt), expected, rtol=1e-9, atol=1e-12)


def test_bfloat16_comes_near_and_keeps_weights_and_gradients_in_float32() -> None:
    given = problem(200, 50, 16, dtype=torch.float32)
    reference = torch.autograd.grad(cross_entropy(*given), given.learnt)
    with torch.autocast("cpu", torch.bfloat16):
        loss = linear_cross_entropy(*given)
    gradients = torch.autograd.grad(loss, given.learnt)
    assert loss.item() == pytest.approx(cross_entropy(*given).item(), rel=0.01)
    for gradient, expected in zip(gradients, reference, strict=True):
        assert gradient.dtype == torch.float32
        assert torch.nn.functional.cosine_similarity(gradient.flatten(), expected.flatten(), 0) > 0.9995


def test_far_logits_give_exact_gradients_and_a_bounded_loss() -> None:
    queries = torch.tensor([[1.0]], requires_grad=True)
    loss = linear_cross_entropy(queries, torch.tensor([[500.0], [0.0]]), None, torch.tensor([1]))
    assert 87.0 < loss.item() < 88.0
    assert torch.autograd.grad(loss, queries)[0].item() == 500.0


def test_not_a_number_is_passed_on() -> None:
    queries = torch.full((1, 2), torch.nan)
    assert linear_cross_entropy(queries, torch.ones(3, 2), None, torch.tensor([0])).isnan()


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float32])
def test_memory_is_what_the_docstring_says(precision: torch.dtype, tmp_path: Path) -> None:
    n_items, n_positions, dim = 100_000, 3 * ROW_STEP, 32
    b = precision.itemsize
    columns = dim + ALIGNMENT_BYTES["cpu"] // b
    of_table = n_items * columns * (b + 4 + (b if b < 4 else 0))
    of_chunk = ROW_STEP * n_items * b
    of_positions = n_positions * (columns + dim) * b
    least = of_table + of_chunk + of_positions
    # Whether the product of a transposed chunk needs a copy depends on the processor.
    most = least + (of_chunk if b < 4 else 0)
    assert 0.98 * least < peak_bytes(n_positions, n_items, dim, precision, tmp_path) < 1.02 * most


def test_a_catalogue_fits_where_its_logits_do_not(tmp_path: Path) -> None:
    logits = 1024 * 10**5 * 4
    assert peak_bytes(1024, 10**5, 32, torch.bfloat16, tmp_path) < 0.3 * logits


def peak_bytes(n_positions: int, n_items: int, dim: int, precision: torch.dtype, folder: Path) -> int:
    """Return the peak memory of a step with its gradients, without its arguments."""
    given = problem(n_positions, n_items, dim, dtype=torch.float32)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
            loss = linear_cross_entropy(*given)
        torch.autograd.grad(loss, given.learnt)

    return tensor_peak(step, folder)
