"""How much of the catalogue is scored for how many prompts at a time, and the memory that this takes."""

from dataclasses import dataclass

import torch

MAX_SCORES = {"cpu": 2**20, "cuda": 2**28}
"""Scores held at once. On a CPU they should stay in the cache, as ranking reads them several times and a product of
narrow factors is quicker than a memory; on a GPU they should be many, for small kernels are bound by their launch."""
MIN_PROMPTS = {"cpu": 64, "cuda": 4096}
"""Fewest prompts of a block but the last, for each block reads the whole item table: with less, a matrix product
only waits for it, and on a GPU the encoding of a block is a chain of small kernels."""
MAX_PROMPTS = 2**15
"""Most prompts of a block, for what a model keeps of each."""
BYTES_PER_SCORE = 16
"""Of a score being ranked, with the copies and comparisons made from it, at most: where every row has ties at the end
of its list."""


@dataclass(frozen=True, slots=True)
class BlockSize:
    """What is scored at once: some prompts against a tile of the catalogue."""

    n_prompts: int
    n_items: int


def block_size(n_items: int, device: torch.device) -> BlockSize:
    """The whole catalogue for some prompts if that fits, else a part of it for the fewest prompts."""
    limit = MAX_SCORES[device.type]
    n_prompts = max(MIN_PROMPTS[device.type], min(limit // n_items, MAX_PROMPTS))
    return BlockSize(n_prompts, min(n_items, limit // n_prompts))


def peak_bytes(n_cases: int, n_items: int, k: int, device: torch.device) -> int:
    """Most memory of the device that ranking takes beside the model and its queries: scores, and the lists."""
    size = block_size(n_items, device)
    list_bytes = k * (4 + 4) + 8 + 8
    if device.type == "cpu":
        list_bytes *= 2  # There, too, they are put back into the order of the cases.
    return BYTES_PER_SCORE * min(size.n_prompts, n_cases) * size.n_items + list_bytes * n_cases
