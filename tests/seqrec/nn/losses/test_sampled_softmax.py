"""The correction is right: the loss converges to the full one, and its sum is unbiased for any distribution."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seqrec.nn.losses.sampled_softmax import Config, sampled_softmax
from seqrec.nn.losses.softmax import cross_entropy
from tests.seqrec.nn.losses.problems import problem, some_of

COUNTS = torch.tensor([5, 0, 1, 10, 3, 1])


def test_loss_by_hand() -> None:
    queries, table = torch.tensor([[1.0]]), torch.tensor([[2.0], [1.0], [0.5]])
    bias, targets = torch.tensor([0.0, 0.5, 0.0]), torch.tensor([1])
    # Item 0 is expected twice and drawn once, item 2 half a time; the accidental hit does not count.
    negatives, log_counts = torch.tensor([0, 1, 2]), torch.tensor([2.0, 7.0, 0.5]).log()
    others = math.exp(2.0) / 2 + math.exp(0.5) / 0.5
    expected = -math.log(math.exp(1.5) / (math.exp(1.5) + others))
    loss = sampled_softmax(queries, table, bias, targets, None, negatives, log_counts)
    assert loss.item() == pytest.approx(expected)


@given(n_positions=st.integers(1, 9), n_items=st.integers(1, 9), bias=st.booleans(), seed=st.integers(0, 99))
def test_with_every_item_once_it_is_the_full_loss(n_positions: int, n_items: int, bias: bool, seed: int) -> None:
    given, counted = problem(n_positions, n_items, bias=bias, seed=seed), some_of(n_positions, seed)
    negatives, log_counts = torch.arange(n_items), torch.zeros(n_items, dtype=torch.float64)
    sampled, full = sampled_softmax(*given, counted, negatives, log_counts), cross_entropy(*given, counted)
    torch.testing.assert_close(sampled, full, rtol=1e-12, atol=1e-12)
    gradients = torch.autograd.grad(sampled, given.learnt)
    torch.testing.assert_close(gradients, torch.autograd.grad(full, given.learnt), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("sampling", ["uniform", "popularity"])
def test_a_large_draw_comes_near_the_full_loss_and_its_gradient(sampling: str) -> None:
    torch.manual_seed(0)
    given = problem(8, 6, seed=1)
    counts = COUNTS.clamp(min=1)
    loss = Config(n_negatives=400_000, sampling=sampling).build(6)
    loss.observe(counts)
    sampled, full = loss(*given), cross_entropy(*given)
    assert sampled.item() == pytest.approx(full.item(), rel=0.01)
    got, expected = (torch.cat([g.flatten() for g in torch.autograd.grad(x, given.learnt)]) for x in (sampled, full))
    assert (got - expected).norm() < 0.01 * expected.norm()


@pytest.mark.parametrize("sampling", ["uniform", "popularity"])
def test_draws_follow_the_shares_and_know_their_expected_counts(sampling: str) -> None:
    torch.manual_seed(0)
    loss = Config(n_negatives=100_000, sampling=sampling).build(6)
    loss.observe(COUNTS)
    negatives, log_counts = loss.draw(torch.device("cpu"))
    shares = torch.full((6,), 1 / 6) if sampling == "uniform" else COUNTS / 20
    torch.testing.assert_close(log_counts.exp(), 100_000 * shares[negatives], rtol=1e-4, atol=0.0)
    drawn = negatives.bincount(minlength=6) / 100_000
    assert ((drawn - shares).abs() < 4.5 * (shares * (1 - shares) / 100_000).sqrt() + 1e-12).all()


def test_the_sum_over_drawn_items_is_right_in_expectation() -> None:
    """Over all draws of two from `q`, weighted by probability, the negatives add the sum over the other items."""
    given, shares = problem(1, 3, bias=False), torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64)
    scores = (given.queries @ given.table.T)[0].detach()
    target = int(given.targets[0])

    def others(negatives: Tensor) -> float:
        loss = sampled_softmax(*given, None, negatives, (2 * shares[negatives]).log())
        return float(scores[target].exp() * (loss.detach().exp() - 1))

    pairs = [torch.tensor([first, second]) for first in range(3) for second in range(3)]
    expectation = sum(float(shares[pair].prod()) * others(pair) for pair in pairs)
    assert expectation == pytest.approx(float(scores.exp().sum() - scores[target].exp()))


def test_a_draw_of_nothing_but_the_target_costs_nothing() -> None:
    given = problem(1, 3)
    negatives = given.targets.repeat(4)
    loss = sampled_softmax(*given, None, negatives, torch.zeros(4))
    assert loss.item() == 0.0
    assert all(not gradient.any() for gradient in torch.autograd.grad(loss, given.learnt))


def test_the_training_events_are_no_part_of_what_is_learnt() -> None:
    loss = Config(sampling="popularity").build(6)
    loss.observe(COUNTS)
    assert not loss.state_dict()


def test_under_autocast_it_comes_near_float32() -> None:
    given = problem(64, 40, 16, dtype=torch.float32)
    negatives, log_counts = torch.arange(40), torch.zeros(40)
    with torch.autocast("cpu", torch.bfloat16):
        loss = sampled_softmax(*given, None, negatives, log_counts)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(cross_entropy(*given).item(), rel=0.01)
