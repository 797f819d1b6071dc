"""A dry run: one step that is undone, to find out whether a training fits into a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

import torch
from torch import nn

from seqrec.training.batches import Packed
from seqrec.training.bucketing import EpochPlan
from seqrec.training.checkpoint import snapshot
from seqrec.training.rng import IsolatedRng
from seqrec.training.step import Step


def dry_run(step: Step, data: Packed, batch_size: int, epoch_plan: EpochPlan) -> None:
    """Learns from the largest batch of an epoch, then restores weights, optimiser and random state, bit for bit.

    Args:
        step: The step of the training.
        data: The data that batches are gathered from.
        batch_size: The number of rows of a full batch if each has the mean number of targets.
        epoch_plan: The way in which an epoch presents the data.

    Raises:
        torch.OutOfMemoryError: The step does not fit into the device's memory.
    """
    largest = max(data.full_batches(batch_size, epoch_plan), key=lambda full: prod(full.shape))
    part = step.group.part(data.chosen_like(largest))
    with IsolatedRng(0, data.device), undone(step.network, step.optimiser):
        step(data.batch(part))
        step.optimiser.zero_grad()


@contextmanager
def undone(network: nn.Module, optimiser: torch.optim.Optimizer) -> Iterator[None]:
    """Restores weights and optimiser state in place after the block, whatever steps it takes.

    The copies are in main memory, so that the step has as much GPU memory as in a training.
    """
    weights = snapshot(network.state_dict())
    states = {parameter: snapshot(state) for parameter, state in optimiser.state.items()}
    yield
    network.load_state_dict(weights)
    for parameter, state in optimiser.state.items():
        for name, tensor in state.items():
            if parameter in states:
                tensor.copy_(states[parameter][name])
            else:
                tensor.zero_()  # AdamW starts with moments and step counts of zero.
