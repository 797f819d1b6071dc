"""The contract of every loss of the union; a new loss is tested automatically."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from seqrec.nn.losses import LOSSES, AnyLoss
from seqrec.nn.losses.base import ItemLoss, LossConfig
from tests.seqrec.nn.losses.problems import Problem, problem, some_of

N_ITEMS = 30
VARIANTS = [
    *(config() for config in LOSSES),
    *(config(sampling="popularity") for config in LOSSES if "sampling" in config.model_fields),
]
EVERY = pytest.mark.parametrize("config", VARIANTS, ids=lambda c: "-".join([c.name, *filter(None, [sampling(c)])]))


def sampling(config: LossConfig) -> str | None:
    return getattr(config, "sampling", None)


def built(config: LossConfig) -> ItemLoss:
    loss = config.build(N_ITEMS)
    loss.observe(torch.arange(N_ITEMS) % 5 + 1)
    return loss


def value_and_gradients(loss: ItemLoss, given: Problem, counted: Tensor | None) -> tuple[Tensor, ...]:
    torch.manual_seed(0)
    value = loss(*given, counted)
    return value, *torch.autograd.grad(value, given.learnt)


@EVERY
def test_it_is_found_by_its_name(config: LossConfig) -> None:
    assert TypeAdapter(AnyLoss).validate_json(config.model_dump_json()) == config


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="softmax"):
        TypeAdapter(AnyLoss).validate_python({"name": "bpr"})


@EVERY
def test_numbers_out_of_range_are_refused(config: LossConfig) -> None:
    for key, bad in {"n_negatives": 0, "t": 1.5, "sampling": "in_batch"}.items():
        with pytest.raises(ValidationError, match=key):
            type(config).model_validate({key: bad})


@EVERY
@settings(max_examples=30)
@given(bias=st.booleans(), seed=st.integers(0, 99), junk=st.sampled_from([0.0, 1e4, torch.nan, torch.inf]))
def test_positions_that_do_not_count_change_nothing(config: LossConfig, bias: bool, seed: int, junk: float) -> None:
    given, counted = problem(11, N_ITEMS, bias=bias, seed=seed), some_of(11, seed)
    loss = built(config)
    expected = value_and_gradients(loss, given, counted)
    with torch.no_grad():
        changed = given._replace(
            queries=torch.where(counted[:, None], given.queries, junk).requires_grad_(),
            targets=torch.where(counted, given.targets, (given.targets + 1) % N_ITEMS),
        )
    got = value_and_gradients(loss, changed, counted)
    assert all(tensor.isfinite().all() for tensor in got)
    assert not got[1][~counted].any()
    if config.name != "gbce":  # Its draws avoid the target, so another target has other negatives.
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-12)


@EVERY
def test_a_mask_of_all_is_no_mask(config: LossConfig) -> None:
    given, loss = problem(9, N_ITEMS), built(config)
    every = torch.ones(9, dtype=torch.bool)
    torch.testing.assert_close(value_and_gradients(loss, given, every), value_and_gradients(loss, given, None))


@EVERY
def test_nothing_counted_costs_nothing(config: LossConfig) -> None:
    given, loss = problem(5, N_ITEMS), built(config)
    assert all(not tensor.any() for tensor in value_and_gradients(loss, given, torch.zeros(5, dtype=torch.bool)))


@EVERY
def test_counted_positions_give_what_they_give_alone(config: LossConfig) -> None:
    """For losses that draw negatives for each position, this holds on average over draws."""
    torch.manual_seed(0)
    given, counted, loss = problem(12, N_ITEMS, seed=4), some_of(12, 4), built(config)
    alone = Problem(given.queries[counted], given.table, given.bias, given.targets[counted])
    together = torch.stack([loss(*given, counted) for _ in range(40)]).detach()
    single = torch.stack([loss(*alone) for _ in range(40)]).detach()
    error = float(together.std() / 40**0.5)
    assert together.mean().item() == pytest.approx(single.mean().item(), abs=6 * error + 1e-6)


@EVERY
def test_gradients_point_downhill(config: LossConfig) -> None:
    given, loss = problem(9, N_ITEMS, seed=2), built(config)
    value, *gradients = value_and_gradients(loss, given, None)
    with torch.no_grad():
        moved = [tensor - 1e-4 * gradient for tensor, gradient in zip(given.learnt, gradients, strict=True)]
    torch.manual_seed(0)
    fallen = value - loss(*moved, given.targets)
    assert fallen.item() == pytest.approx(1e-4 * sum(float((g**2).sum()) for g in gradients), rel=0.01)


@EVERY
def test_what_can_be_learnt_is_learnt(config: LossConfig) -> None:
    """Every query has its own item; a few hundred steps must rank it first."""
    torch.manual_seed(0)
    loss, table = built(config), nn.Parameter(0.02 * torch.randn(N_ITEMS, 32))
    queries, targets = torch.randn(N_ITEMS, 32), torch.randperm(N_ITEMS)
    optimiser = torch.optim.Adam([table], lr=0.02)
    values = []
    for _ in range(200):
        optimiser.zero_grad()
        value = loss(queries, table, None, targets)
        value.backward()
        optimiser.step()
        values.append(value.item())
    assert values[-1] < 0.5 * values[0]
    assert torch.equal((queries @ table.T).argmax(1), targets)


@EVERY
def test_the_global_generator_decides(config: LossConfig) -> None:
    given, loss = problem(9, N_ITEMS), built(config)
    first, again = (value_and_gradients(loss, given, None) for _ in range(2))
    torch.testing.assert_close(first, again, rtol=0.0, atol=0.0)


@EVERY
def test_nothing_waits_for_the_device(config: LossConfig) -> None:
    """On tensors without data, reading a number back or selecting by a mask raises an error."""
    loss = built(config)
    with FakeTensorMode(allow_non_fake_inputs=True):
        given = problem(9, N_ITEMS)
        loss(*given, torch.ones(9, dtype=torch.bool)).backward()
    assert given.queries.grad is not None
