"""Tensors are counted once, for as long as they live."""

import torch

from seqrec.training.tensor_memory import TensorMemory

KIB = 256 * 4


def kib() -> torch.Tensor:
    return torch.zeros(256)


def test_counts_what_is_alive_and_the_most_there_was() -> None:
    with TensorMemory() as live:
        first = kib()
        second = kib()
        assert live.now_bytes == 2 * KIB
        del first
        assert live.now_bytes == KIB
        assert live.peak_bytes == 2 * KIB
        del second
    assert live.now_bytes == 0


def test_a_view_is_no_memory_of_its_own_and_keeps_its_base() -> None:
    with TensorMemory() as live:
        base = kib()
        view = base.view(16, 16)[3:]
        assert live.now_bytes == KIB
        del base
        assert live.now_bytes == KIB
        del view
        assert live.now_bytes == 0


def test_work_in_place_takes_nothing() -> None:
    with TensorMemory() as live:
        tensor = kib()
        assert live.most_of(lambda: tensor.add_(1).mul_(2)) == 0
        assert live.most_of(lambda: tensor + 1) == KIB
        assert live.most_of(tensor.neg_) == 0


def test_what_the_backward_pass_keeps_is_counted_until_it_is_done() -> None:
    with TensorMemory() as live:
        weight = kib().requires_grad_()
        loss = weight.exp().sum()
        assert live.now_bytes == 2 * KIB + 4  # the weight, its exponential, and the sum
        loss.backward()
        assert weight.grad is not None
        assert live.now_bytes == 2 * KIB + 4  # the gradient in place of the exponential
