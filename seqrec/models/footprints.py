"""What training a network will take of its device, known before anything is allocated."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import torch

from seqrec.evaluation.blocks import block_size, peak_bytes
from seqrec.nn.network import ItemNetwork
from seqrec.training.batches import Batch
from seqrec.training.config import Training
from seqrec.training.device import resolve_precision
from seqrec.training.footprint import Footprint
from seqrec.training.optimiser import build_optimiser
from seqrec.training.rehearsal import rehearsal
from seqrec.training.step import Step
from seqrec.training.world import World
from seqrec.types import Split

BYTES_PER_EVENT, BYTES_PER_SEQUENCE = 8, 24
"""Of the sequences as `Packed` holds them."""
PRODUCTS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
"""Type of matrix products, by precision."""
LIBRARY_BYTES = {"cpu": 150 * 10**6, "cuda": 0}
"""Code, kernels compiled for the shapes met, and room to work in; measured with `benchmarks.memory`."""


@runtime_checkable
class Trained(Protocol):
    """What the memory of a training depends on in its configuration; see `seqrec.models.neural.NeuralConfig`."""

    @property
    def training(self) -> Training:
        """How the network is trained."""

    def network(self, n_items: int) -> ItemNetwork:
        """The network over `n_items` items."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What it depends on in the data."""

    n_items: int
    n_sequences: int
    n_events: int
    longest: int
    """Events of the longest sequence."""
    n_cases: int
    """Of validation or test."""

    @classmethod
    def of(cls, split: Split) -> "Sizes":
        """The sizes of a split; of two sets of sequences, or of cases, those of the larger."""
        sequences, n_cases = split.train, max(len(split.valid), len(split.test))
        longest = int(sequences.lengths.max(initial=0))
        return cls(split.n_items, len(sequences), sequences.n_events, longest, n_cases)


@lru_cache(maxsize=64)
def footprint_of(config: Trained, sizes: Sizes, device: torch.device, prompts_per_batch: int) -> Footprint:
    """What a training takes, from a rehearsal of its widest step and of an answer; seeds share it.

    Args:
        config: The network, and how it is trained.
        sizes: Of the data that it is trained on.
        device: Where it is trained; processes that train together share each batch.
        prompts_per_batch: Prompts that the network answers at once.
    """
    training, on_cpu = config.training, device.type == "cpu"
    precision = resolve_precision(training.precision, device)
    n_rows = -(-training.batch_size // World.here().size)
    n_prompts = min(prompts_per_batch, sizes.n_cases, block_size(sizes.n_items, device).n_prompts)
    with rehearsal() as live:
        network = config.network(sizes.n_items).train()
        network.criterion.observe(torch.ones(sizes.n_items, dtype=torch.int64))
        weights = live.now_bytes
        optimiser = build_optimiser(network, training)
        step = Step(network, optimiser, training.clip_norm, precision, World())
        # Gradients and the optimiser's state appear in the first step, of whatever size that is.
        step(_full(1, 2))
        held = live.now_bytes
        gradients = sum(parameter.grad.nbytes for parameter in network.parameters() if parameter.grad is not None)
        n_rows = min(n_rows, sizes.n_sequences * network.passes)
        width = max(2, min(sizes.longest, network.window))
        of_step = live.most_of(lambda: step(_full(n_rows, width)))
        network.eval()
        with torch.no_grad():
            of_queries = live.most_of(lambda: network.queries(_full(n_prompts, network.prompt_len)))
    of_optimiser = held - weights - gradients
    # The rehearsal's loss takes chunks of a CPU's size.
    of_chunk, of_rehearsed = (
        network.criterion.chunk_bytes(
            n_rows * width, (sizes.n_items, network.table.shape[1]), place, PRODUCTS[precision]
        )
        for place in (device, torch.device("cpu"))
    )
    of_step += max(0, of_chunk - of_rehearsed)
    # Several processes do not record: they wait for each other in between.
    records = not on_cpu and World.here().size == 1
    # From a GPU, weights are copied to main memory to be kept and written.
    return Footprint(
        weights=weights,
        gradients=gradients,
        optimiser=of_optimiser,
        copies=2 * weights if on_cpu else 0,
        data=BYTES_PER_EVENT * sizes.n_events + BYTES_PER_SEQUENCE * sizes.n_sequences,
        step=of_step + (weights + of_optimiser if records else 0),
        validation=of_queries + peak_bytes(sizes.n_cases, sizes.n_items, training.valid_cutoff, device),
        checkpoint=2 * weights + of_optimiser if on_cpu else 0,
        libraries=LIBRARY_BYTES[device.type],
        recorded=of_step if records else 0,
    )


def _full(n_rows: int, width: int) -> Batch:
    """A batch without padding."""
    return Batch(torch.zeros(n_rows, width, dtype=torch.int64), torch.full((n_rows,), width))
