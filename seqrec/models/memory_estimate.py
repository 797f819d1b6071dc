"""The estimate of the CPU memory of a training, computed from shapes before anything is allocated."""

from collections.abc import Sequence
from math import prod

import torch

from seqrec.evaluation.blocks import block_size, peak_bytes
from seqrec.nn.losses.softmax import CHUNK_ELEMENTS, ROW_STEP
from seqrec.nn.network import ItemNetwork
from seqrec.training.bucketing import count_windows, full_batches
from seqrec.training.config import TrainingConfig
from seqrec.training.device import resolve_precision
from seqrec.training.distributed import ProcessGroup
from seqrec.training.footprint import Footprint
from seqrec.types import Sequences

CPU = torch.device("cpu")
LIBRARY_BYTES = 115 * 10**6
"""The bytes that PyTorch loads in a first training. All factors in this module were measured with
`benchmarks.memory`."""
BYTES_PER_PRODUCT = 2_200_000
"""The bytes that its library compiles and keeps for each shape of a bfloat16 product and its two backward products."""


def estimate_memory(
    network: ItemNetwork, training: TrainingConfig, phases: Sequence[Sequences], n_cases: int, n_prompts: int
) -> Footprint:
    """Estimates the memory of a training on a CPU.

    Args:
        network: The network; on the `meta` device it takes no memory itself.
        training: The configuration of its training.
        phases: The sequences that each phase of the training learns from.
        n_cases: The number of validation cases.
        n_prompts: The number of prompts that the network answers at once.
    """
    n_items, plan = network.n_items, network.epoch_plan(training.windows)
    counts = [count_windows(phase.lengths, training.windows, network.window) for phase in phases]
    n_windows = [int(n.sum()) for n in counts]
    shapes = {
        batch.shape for n in counts for batch in full_batches(n, plan, training.batch_size, network.window, CPU.type)
    }
    n_rows, width = max(shapes, key=prod, default=(1, 2))
    n_rows = -(-n_rows // ProcessGroup.here().size)
    n_targets = n_rows if training.windows == "prefixes" else n_rows * width
    weights = sum(parameter.nbytes for parameter in network.parameters())
    # An epoch has no more shapes than batches.
    n_shapes = min(len(shapes), plan.passes * max(n_windows) // training.batch_size)
    n_products = n_shapes * len({matrix.shape for matrix in network.matrices})
    n_prompts = min(n_prompts, n_cases, block_size(n_items, CPU).n_prompts)
    return Footprint(
        # All parameters of the network.
        weights=weights,
        # One gradient for each weight.
        gradients=weights,
        # AdamW keeps two moments of each weight.
        optimiser=2 * weights,
        # The initial weights and the best ones so far.
        copies=2 * weights,
        # `Packed` takes 8 bytes per event, and 24 per window and per appearance of a window in an epoch.
        data=max(8 * phase.n_events + 24 * (1 + plan.passes) * n for phase, n in zip(phases, n_windows, strict=True)),
        # The network's own estimate for the largest batch, and what its item table is computed from.
        activations=network.activation_bytes(n_rows, width) + network.items.table_bytes,
        # The item table in the type of the products, its gradients from head and input, and their sum.
        loss=4 * network.table.nbytes + _score_bytes(n_targets, n_items, network.criterion.n_negatives),
        # Ranking, and the forward pass over prompts, which keeps nothing for a backward pass.
        validation=peak_bytes(n_cases, n_items, training.valid_cutoff, CPU)
        + network.activation_bytes(n_prompts, network.prompt_len) // 4,
        # Copies of weights, best weights and moments, which safetensors copies twice more to write them.
        checkpoint=3 * (4 * weights),
        # PyTorch itself and the products that it compiles.
        libraries=LIBRARY_BYTES
        + (BYTES_PER_PRODUCT * n_products if resolve_precision(training.precision, CPU) == "bfloat16" else 0),
    )


def _score_bytes(n_targets: int, n_items: int, n_negatives: int | None) -> int:
    """Returns the bytes of targets' scores over the drawn items, all at once, or over the catalogue, in chunks."""
    if n_negatives is not None:
        return 20 * n_targets * n_negatives
    return 4 * min(n_targets * n_items, max(CHUNK_ELEMENTS[CPU.type], ROW_STEP * n_items))
