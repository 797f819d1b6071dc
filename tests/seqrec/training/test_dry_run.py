"""A dry run takes the largest step, and leaves a training unchanged, bit for bit."""

from dataclasses import replace
from math import prod

import numpy as np
import pytest
import torch

from seqrec.training.batches import Batch, Packed
from seqrec.training.bucketing import EpochPlan, all_but_first
from seqrec.training.config import TrainingConfig
from seqrec.training.distributed import ProcessGroup
from seqrec.training.dry_run import dry_run, undone
from seqrec.training.network import MeanLoss
from seqrec.training.optimiser import build_optimiser
from seqrec.training.step import Step
from tests.seqrec.training.toy import Successor
from tests.synthetic import chain_split

CPU = torch.device("cpu")
SEQUENCES = chain_split(n_items=12, n_train=60, n_valid=10, n_test=5).training.fit
CONFIG = TrainingConfig(lr=0.01, batch_size=16, weight_decay=0.1)
ONCE = EpochPlan(1, all_but_first)


class Silent(ProcessGroup):
    """A process group that takes a part of each batch, and combines gradients with nobody."""

    def combine(self, network: torch.nn.Module, loss: MeanLoss) -> MeanLoss:
        return loss


class Watched(Successor):
    """A network that keeps the batches that it learns from."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Batch] = []

    def loss(self, batch: Batch) -> MeanLoss:
        self.seen.append(batch)
        return super().loss(batch)


def begun(n_steps: int) -> tuple[Watched, Step, Packed]:
    """Return a training after some steps, and its data."""
    network = Watched()
    step = Step(network, build_optimiser(network, CONFIG), CONFIG.clip_norm, "float32", ProcessGroup())
    data = Packed(SEQUENCES, network.window, CPU)
    for chosen in list(data.epoch(16, ONCE, np.random.default_rng(0)))[:n_steps]:
        step(data.batch(chosen))
    network.seen.clear()
    return network, step, data


def state_of(step: Step) -> list[torch.Tensor]:
    """Return copies of the weights and of the state of the optimiser."""
    weights = list(step.network.parameters())
    moments = [tensor for weight in weights for tensor in step.optimiser.state.get(weight, {}).values()]
    return [tensor.detach().clone() for tensor in (*weights, *moments)]


@pytest.mark.parametrize("n_steps", [0, 3])
def test_weights_optimiser_and_random_state_are_left_bit_for_bit(n_steps: int) -> None:
    network, step, data = begun(n_steps)
    step.optimiser.zero_grad()
    before, generator = state_of(step), torch.get_rng_state()
    dry_run(step, data, 16, ONCE)
    assert len(network.seen) == 1
    after = state_of(step)
    assert all(torch.equal(old, new) for old, new in zip(before, after[: len(before)], strict=True))
    # An optimiser without a step yet gets moments and counts of zero, from which it starts anyway.
    assert not any(tensor.any() for tensor in after[len(before) :])
    assert all(weight.grad is None for weight in network.parameters())
    assert torch.equal(torch.get_rng_state(), generator)


@pytest.mark.parametrize("n_steps", [0, 3])
def test_a_training_continues_with_the_losses_that_it_would_have_had(n_steps: int) -> None:
    losses = []
    for dry in (False, True):
        network, step, data = begun(n_steps)
        network.train()
        torch.manual_seed(1)  # Dropout is random.
        if dry:
            dry_run(step, data, 16, ONCE)
        epoch = data.epoch(16, ONCE, np.random.default_rng(1))
        losses.append([step(data.batch(chosen)).value.item() for chosen in epoch])
    assert losses[0] == losses[1]


def test_the_batch_is_the_largest_of_an_epoch() -> None:
    network, step, data = begun(0)
    dry_run(step, data, 16, ONCE)
    (batch,) = network.seen
    epoch = list(data.epoch(16, ONCE, np.random.default_rng(0)))
    assert batch.items.numel() == max(prod(full.shape) for full in data.full_batches(16, ONCE))
    assert batch.items.numel() >= max(len(chosen.rows) * chosen.width for chosen in epoch)
    # No padding can be saved.
    assert bool((batch.lengths == batch.items.shape[1]).all())


def test_of_several_processes_each_learns_from_its_part() -> None:
    network, alone, data = begun(0)
    dry_run(alone, data, 16, ONCE)
    (whole,) = network.seen
    learnt = []
    for rank in range(3):
        step = replace(alone, group=Silent(rank, 3))
        network.seen.clear()
        dry_run(step, data, 16, ONCE)
        learnt += [len(batch.items) for batch in network.seen]
    assert sum(learnt) == len(whole.items)


def test_steps_are_undone_in_place() -> None:
    """A recorded step writes to the same memory as when it was recorded."""
    network, step, data = begun(2)
    tensors = [*network.parameters(), *(t for state in step.optimiser.state.values() for t in state.values())]
    values, places = [tensor.detach().clone() for tensor in tensors], [tensor.data_ptr() for tensor in tensors]
    with undone(network, step.optimiser):
        for chosen in data.epoch(16, ONCE, np.random.default_rng(2)):
            step(data.batch(chosen))
        assert not any(torch.equal(old, new) for old, new in zip(values[:2], tensors[:2], strict=True))
    kept = [*network.parameters(), *(t for state in step.optimiser.state.values() for t in state.values())]
    assert [tensor.data_ptr() for tensor in kept] == places
    assert all(torch.equal(old, new) for old, new in zip(values, kept, strict=True))


def test_an_error_of_the_step_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Watched, batch: Batch) -> MeanLoss:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    _, step, data = begun(0)
    monkeypatch.setattr(Watched, "loss", full)
    generator = torch.get_rng_state()
    with pytest.raises(torch.OutOfMemoryError):
        dry_run(step, data, 16, ONCE)
    assert torch.equal(torch.get_rng_state(), generator)
