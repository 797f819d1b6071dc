"""The size of the blocks that are scored at a time, in prompts and items, and the memory that this takes."""

from dataclasses import dataclass

import torch

MAX_SCORES = {"cpu": 2**21, "cuda": 2**28}
"""The number of scores that are held at once. On a CPU they should fit into the cache, since ranking reads them
several times and a product of narrow matrices is faster than memory; on a GPU they should be many, since small kernels
are bound by their launch."""
MAX_WHOLE = {"cpu": 2**20, "cuda": 2**28}
"""The same while the whole catalogue is one tile. On a CPU these are fewer: a larger catalogue is cut into tiles, whose
best items have to be found and merged, so that wider tiles save more than they lose in the cache."""
MIN_PROMPTS = {"cpu": 64, "cuda": 4096}
"""The fewest prompts of a block, except for the last. Each block reads the whole item table: with fewer prompts, a
matrix product only waits for it, and on a GPU the encoding of a block is a chain of small kernels."""
MAX_PROMPTS = 2**15
"""The most prompts of a block, which limit the memory that a model keeps for them."""
BYTES_PER_SCORE = 16
"""The most bytes per score while it is ranked, including copies and comparisons; they occur if every row has ties at
the end of its list."""


@dataclass(frozen=True, slots=True)
class BlockSize:
    """The size of a block that is scored at once: some prompts and a tile of the catalogue."""

    n_prompts: int
    n_items: int


def block_size(n_items: int, device: torch.device) -> BlockSize:
    """Returns the whole catalogue for some prompts if that fits, or else a part of it for the fewest prompts."""
    limit = MAX_SCORES[device.type]
    n_prompts = max(MIN_PROMPTS[device.type], min(min(limit, MAX_WHOLE[device.type]) // n_items, MAX_PROMPTS))
    return BlockSize(n_prompts, min(n_items, limit // n_prompts))


def peak_bytes(n_cases: int, n_items: int, k: int, device: torch.device) -> int:
    """Returns the peak memory that ranking takes on the device besides model and queries: scores and lists."""
    size = block_size(n_items, device)
    list_bytes = k * (4 + 4) + 8 + 8
    if device.type == "cpu":
        list_bytes *= 2  # On a CPU they are also put back into the order of the cases there.
    return BYTES_PER_SCORE * min(size.n_prompts, n_cases) * size.n_items + list_bytes * n_cases
