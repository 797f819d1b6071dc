"""A rehearsal takes no memory, draws nothing, and counts what the work itself would count."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seqrec.training.dry_run import dry_run
from seqrec.training.tensor_memory import TensorMemory


def test_takes_no_memory() -> None:
    with dry_run() as live:
        huge = torch.zeros(2**40)
        assert (huge * 2).shape == (2**40,)
    assert live.peak_bytes == 2 * 4 * 2**40


def test_draws_nothing() -> None:
    before = torch.get_rng_state()
    with dry_run():
        torch.nn.Linear(8, 8)(torch.rand(4, 8))
    assert torch.equal(torch.get_rng_state(), before)


def masked(values: Tensor, mask: Tensor) -> Tensor:
    return values[mask].exp()


def masked_rows(values: Tensor, mask: Tensor) -> Tensor:
    return values[mask[:, 0]].exp()


def masked_beside_a_slice(values: Tensor, mask: Tensor) -> Tensor:
    return values[:, mask[0]].exp()


def places(values: Tensor, mask: Tensor) -> Tensor:
    return values[mask.nonzero(as_tuple=True)].exp()


@pytest.mark.parametrize("work", [masked, masked_rows, masked_beside_a_slice, places])
def test_a_mask_chooses_everything(work: Callable[[Tensor, Tensor], Tensor]) -> None:
    def gradient() -> Tensor:
        values = torch.zeros(5, 7, requires_grad=True)
        work(values, torch.ones(5, 7, dtype=torch.bool)).sum().backward()
        assert values.grad is not None
        return values.grad

    with TensorMemory() as real:
        shape = gradient().shape
    with dry_run() as rehearsed:
        assert gradient().shape == shape
    assert rehearsed.peak_bytes >= 2 * 4 * 5 * 7
    assert rehearsed.peak_bytes == pytest.approx(real.peak_bytes, rel=0.6)


def test_a_number_that_the_program_asks_for_is_one() -> None:
    with dry_run():
        assert int(torch.zeros(3, dtype=torch.int64).sum()) == 1
        assert float(torch.zeros(3).sum()) == 1.0
