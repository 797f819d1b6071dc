"""A step taken on trial and taken back: whether a GPU holds a training is tried, not guessed."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from seqrec.training.batches import Chosen, Packed
from seqrec.training.checkpoint import snapshot
from seqrec.training.rng import IsolatedRng
from seqrec.training.step import Step


def dry_run(step: Step, data: Packed, chosen: Chosen) -> None:
    """Learn from a batch, and put weights, optimiser and random state back, bit for bit.

    Args:
        step: What a training does at a batch.
        data: Where the batch is gathered from.
        chosen: The largest batch of an epoch.

    Raises:
        torch.OutOfMemoryError: The device can't hold the step.
    """
    with IsolatedRng(0, data.device), undone(step.network, step.optimiser):
        step(data.batch(chosen))
        step.optimiser.zero_grad()


@contextmanager
def undone(network: nn.Module, optimiser: torch.optim.Optimizer) -> Iterator[None]:
    """Put weights and the optimiser's state back, in place, whatever steps were taken in between.

    Copies are kept in main memory, so that a step has as much of a GPU's memory here as in a training.
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
                tensor.zero_()  # Where moments and counts of AdamW begin.
