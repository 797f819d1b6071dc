"""Draws of a training, reproducible from its seed alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_TURN = threading.Lock()
# PyTorch draws from one generator per device and process. Two threads that train at once would draw from it
# in an order of chance; with the lock each has it for a block, which it seeds itself.


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed PyTorch's global generators, for one thread at a time, and put them back afterwards."""
    devices = [device] if device.type == "cuda" else []
    with _TURN, torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
