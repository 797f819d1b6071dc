"""The formula of the paper by hand and by autograd, its limits, and its draws."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from seqrec.errors import ConfigError
from seqrec.nn.losses import gbce as module
from seqrec.nn.losses.gbce import Config, gbce
from tests.seqrec.nn.losses.problems import Problem, problem, some_of


def formula(given: Problem, counted: Tensor | None, negatives: Tensor, beta: float, shift: float) -> Tensor:
    """Compute the loss of every counted position from all scores, with probabilities as in the paper."""
    scores = functional.linear(given.queries, given.table, given.bias) + shift
    positive = scores.gather(1, given.targets[:, None])[:, 0].sigmoid() ** beta
    losses = -positive.log() - (1 - scores.gather(1, negatives).sigmoid()).log().sum(1)
    return losses.mean() if counted is None else losses[counted].mean()


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_loss_by_hand() -> None:
    queries, table = torch.tensor([[1.0]]), torch.tensor([[2.0], [1.0], [-0.5]])
    bias, targets, negatives = torch.tensor([0.0, 0.5, 0.0]), torch.tensor([1]), torch.tensor([[0, 2]])
    expected = -0.25 * math.log(sigmoid(1.5)) - math.log(1 - sigmoid(2.0)) - math.log(1 - sigmoid(-0.5))
    assert gbce(queries, table, bias, targets, None, negatives, 0.25, 0.0).item() == pytest.approx(expected)


def test_beta_by_hand() -> None:
    # Equation 14: alpha (t (1 - 1 / alpha) + 1 / alpha).
    alpha, t = 256 / 12_100, 0.75
    assert Config().beta(12_101) == pytest.approx(alpha * (t * (1 - 1 / alpha) + 1 / alpha))
    assert Config(t=0.0).beta(12_101) == 1.0
    assert Config(t=1.0, n_negatives=5).beta(11) == pytest.approx(0.5)
    # With as many draws as other items nothing is sampled, so there is no calibration.
    assert Config(t=1.0, n_negatives=256).beta(40) == 1.0


@given(
    n_positions=st.integers(1, 9),
    n_items=st.integers(2, 9),
    n_negatives=st.integers(1, 5),
    chunk=st.integers(1, 60),
    bias=st.booleans(),
    masked=st.booleans(),
    seed=st.integers(0, 99),
)
def test_loss_and_gradients_are_those_of_the_formula_for_any_chunk(
    n_positions: int, n_items: int, n_negatives: int, chunk: int, bias: bool, masked: bool, seed: int
) -> None:
    given = problem(n_positions, n_items, bias=bias, seed=seed)
    counted = some_of(n_positions, seed) if masked else None
    torch.manual_seed(seed)
    negatives = Config(n_negatives=n_negatives).build(n_items).draw(given.targets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(module.CHUNK_ELEMENTS, "cpu", chunk)
        fused = gbce(*given, counted, negatives, 0.3, -0.7)
    reference = formula(given, counted, negatives, 0.3, -0.7)
    torch.testing.assert_close(fused, reference, rtol=1e-9, atol=1e-9)
    expected = torch.autograd.grad(3.0 * reference, given.learnt)
    torch.testing.assert_close(torch.autograd.grad(3.0 * fused, given.learnt), expected, rtol=1e-7, atol=1e-9)


def test_at_the_start_nothing_pulls_all_items_one_way() -> None:
    """If all scores are equal, target and negatives pull equally hard, so the gradient of the table has zero mean."""
    given = problem(500, 50)
    given.table.data.zero_()
    loss = Config(n_negatives=20).build(50)(given.queries, given.table, None, given.targets)
    (gradient,) = torch.autograd.grad(loss, given.table)
    assert gradient.sum(0).norm() < 1e-9 * gradient.norm()


def test_one_negative_without_calibration_is_the_loss_of_the_original_sasrec() -> None:
    given, config = problem(7, 5), Config(n_negatives=1, t=0.0)
    torch.manual_seed(3)
    loss = config.build(5)(*given)
    torch.manual_seed(3)
    negatives = config.build(5).draw(given.targets)
    scores = functional.linear(given.queries, given.table, given.bias)
    both = torch.cat([scores.gather(1, given.targets[:, None]), scores.gather(1, negatives)], 1)
    wanted = torch.tensor([1.0, 0.0], dtype=torch.float64).expand(7, 2)
    expected = functional.binary_cross_entropy_with_logits(both, wanted, reduction="none").sum(1).mean()
    torch.testing.assert_close(loss, expected)


def test_negatives_are_uniform_over_all_but_the_target() -> None:
    torch.manual_seed(0)
    targets = torch.arange(4).repeat(20_000)
    negatives = Config(n_negatives=2).build(4).draw(targets)
    for target in range(4):
        drawn = negatives[targets == target].flatten().bincount(minlength=4) / 40_000
        expected = torch.tensor([0.0 if item == target else 1 / 3 for item in range(4)])
        assert ((drawn - expected).abs() < 4.5 * (2 / 9 / 40_000) ** 0.5).all()
        assert drawn[target] == 0


def test_far_scores_stay_finite() -> None:
    queries = torch.tensor([[200.0]], requires_grad=True)
    loss = gbce(queries, torch.tensor([[-1.0], [1.0]]), None, torch.tensor([0]), None, torch.tensor([[1]]), 1.0, 0.0)
    assert loss.item() == pytest.approx(400.0)
    assert torch.autograd.grad(loss, queries)[0].item() == pytest.approx(2.0)


def test_products_are_float32_under_autocast() -> None:
    given = problem(9, 7, dtype=torch.float32)
    negatives = Config(n_negatives=3).build(7).draw(given.targets)
    with torch.autocast("cpu", torch.bfloat16):
        loss = gbce(*given, None, negatives, 0.5, 0.1)
    torch.testing.assert_close(loss, gbce(*given, None, negatives, 0.5, 0.1), rtol=0.0, atol=0.0)


def test_a_catalogue_of_one_item_has_no_negatives() -> None:
    with pytest.raises(ConfigError) as caught:
        Config().build(1)
    assert caught.value.subject == "loss.name"
    assert "softmax" in caught.value.remedy
