"""What training a network will take of its device, known before anything is allocated."""

from dataclasses import dataclass
from functools import lru_cache, partial
from math import prod
from operator import itemgetter
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Int64

from seqrec.evaluation.blocks import block_size, peak_bytes
from seqrec.nn.network import ItemNetwork
from seqrec.training.batches import Batch
from seqrec.training.bucketing import FullBatch, Windows, full_batches
from seqrec.training.config import TrainingConfig
from seqrec.training.device import resolve_precision
from seqrec.training.distributed import ProcessGroup
from seqrec.training.dry_run import dry_run
from seqrec.training.footprint import Footprint
from seqrec.training.optimiser import build_optimiser
from seqrec.training.step import Step
from seqrec.types import Training as TrainingData

BYTES_PER_EVENT, BYTES_PER_WINDOW = 8, 24
"""Of the sequences as `Packed` holds them."""
BYTES_PER_SHOWN = {"cpu": 24, "cuda": 8}
"""Of a window in the order of an epoch; on a CPU, also where that is drawn."""
PRODUCTS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
"""Type of matrix products, by precision."""
LIBRARY_BYTES = {"cpu": 150 * 10**6, "cuda": 0}
"""Code, kernels compiled for the shapes met, and room to work in; measured with `benchmarks.memory`."""


@runtime_checkable
class Trained(Protocol):
    """What the memory of a training depends on in its configuration; see `seqrec.models.neural.NeuralConfig`."""

    @property
    def training(self) -> TrainingConfig:
        """How the network is trained."""

    def network(self, n_items: int) -> ItemNetwork:
        """The network over `n_items` items."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What it depends on in the data."""

    n_items: int
    n_sequences: tuple[tuple[int, ...], ...]
    """For each phase of the training, how many it learns from, by their number of events from none on."""
    n_cases: int
    """Validation cases."""

    @classmethod
    def of(cls, data: TrainingData) -> "Sizes":
        """The sizes of training data and of their validation cases."""
        phases = [data.fit, data.train] if data.refit else [data.fit]
        n_sequences = tuple(tuple(np.bincount(sequences.lengths).tolist()) for sequences in phases)
        return cls(data.n_items, n_sequences, len(data.valid))

    def n_windows(self, windows: Windows, max_len: int) -> list[Int64[np.ndarray, " n_lengths"]]:
        """For each phase, how many windows its sequences have, by their length from none to the longest."""
        return [_n_windows(np.array([*phase, 0], np.int64), windows, max_len) for phase in self.n_sequences]

    @property
    def n_events(self) -> int:
        """Events of the larger phase."""
        return max(sum(length * n for length, n in enumerate(phase)) for phase in self.n_sequences)


@lru_cache(maxsize=64)
def footprint_of(config: Trained, sizes: Sizes, device: torch.device, prompts_per_batch: int) -> Footprint:
    """What a training takes, from a rehearsal of its largest steps and of an answer; seeds share it.

    Args:
        config: The network, and how it is trained.
        sizes: Of the data that it is trained on.
        device: Where it is trained; processes that train together share each batch.
        prompts_per_batch: Prompts that the network answers at once.
    """
    training, on_cpu = config.training, device.type == "cpu"
    precision = resolve_precision(training.precision, device)
    only_last = training.windows == "prefixes"
    n_prompts = min(prompts_per_batch, sizes.n_cases, block_size(sizes.n_items, device).n_prompts)
    with dry_run() as live:
        network = config.network(sizes.n_items).train()
        network.criterion.observe(torch.ones(sizes.n_items, dtype=torch.int64))
        weights = live.now_bytes
        optimiser = build_optimiser(network, training)
        step = Step(network, optimiser, training.clip_norm, precision, ProcessGroup())
        # Gradients and the optimiser's state appear in the first step, of whatever size that is.
        step(_full(1, 2))
        held = live.now_bytes
        gradients = sum(parameter.grad.nbytes for parameter in network.parameters() if parameter.grad is not None)
        epoch_plan = network.epoch_plan(training.windows)
        phases = sizes.n_windows(training.windows, network.window)
        full = [
            batch
            for n_windows in phases
            for batch in full_batches(n_windows, epoch_plan, training.batch_size, network.window, device.type)
        ]
        shapes = _largest(full, device)
        of_step = max(live.most_of(partial(step, _full(*shape, only_last=only_last))) for shape in shapes)
        network.eval()
        with torch.no_grad():
            of_queries = live.most_of(lambda: network.queries(_full(n_prompts, network.prompt_len)))
    of_optimiser = held - weights - gradients
    # The rehearsal's loss takes chunks of a CPU's size.
    of_chunk, of_rehearsed = (
        network.criterion.chunk_bytes(
            max(n_rows * (1 if only_last else width) for n_rows, width in shapes),
            (sizes.n_items, network.table.shape[1]),
            place,
            PRODUCTS[precision],
        )
        for place in (device, torch.device("cpu"))
    )
    of_step += max(0, of_chunk - of_rehearsed)
    # Several processes do not record: they wait for each other in between.
    records = not on_cpu and ProcessGroup.here().size == 1
    # From a GPU, weights are copied to main memory to be kept and written.
    return Footprint(
        weights=weights,
        gradients=gradients,
        optimiser=of_optimiser,
        copies=2 * weights if on_cpu else 0,
        data=BYTES_PER_EVENT * sizes.n_events
        + (BYTES_PER_WINDOW + epoch_plan.passes * BYTES_PER_SHOWN[device.type]) * max(int(n.sum()) for n in phases),
        step=of_step + (weights + of_optimiser if records else 0),
        validation=of_queries + peak_bytes(sizes.n_cases, sizes.n_items, training.valid_cutoff, device),
        checkpoint=2 * weights + of_optimiser if on_cpu else 0,
        libraries=LIBRARY_BYTES[device.type],
        recorded=of_step if records else 0,
    )


def _largest(full: list[FullBatch], device: torch.device) -> set[tuple[int, int]]:
    """Rows and columns of this process' part of the batches of which one may take most.

    On a CPU, where no column is there for nothing, these are the widest and the one with the most places; on a GPU,
    which has few widths, any.
    """
    n_processes = ProcessGroup.here().size
    shapes = [(-(-min(it.n_rows, it.n_fitting) // n_processes), it.width) for it in full] or [(1, 2)]
    return {max(shapes, key=itemgetter(1)), max(shapes, key=prod)} if device.type == "cpu" else set(shapes)


def _n_windows(
    n_sequences: Int64[np.ndarray, " n_sequence_lengths"], windows: Windows, max_len: int
) -> Int64[np.ndarray, " n_lengths"]:
    if windows == "prefixes":
        # A sequence has a beginning of every length from two up to its own.
        n_sequences = np.concatenate([[0, 0], n_sequences[:1:-1].cumsum()[::-1]])
    lengths = np.minimum(np.arange(len(n_sequences)), max_len)
    return np.bincount(lengths, weights=n_sequences, minlength=2).astype(np.int64)


def _full(n_rows: int, width: int, *, only_last: bool = False) -> Batch:
    """A batch without padding."""
    return Batch(torch.zeros(n_rows, width, dtype=torch.int64), torch.full((n_rows,), width), only_last)
