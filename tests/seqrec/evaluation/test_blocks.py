"""The memory of ranking follows from arithmetic."""

import pytest
import torch

from seqrec.evaluation.blocks import MAX_PROMPTS, MAX_SCORES, MIN_PROMPTS, block_size, peak_bytes

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
DEVICES = pytest.mark.parametrize("device", [CPU, CUDA], ids=str)


@DEVICES
@pytest.mark.parametrize("n_items", [1, 40, 12_101, 10**6, 10**8])
def test_a_block_is_within_its_bounds(n_items: int, device: torch.device) -> None:
    size = block_size(n_items, device)
    assert MIN_PROMPTS[device.type] <= size.n_prompts <= MAX_PROMPTS
    assert 1 <= size.n_items <= n_items
    assert size.n_prompts * size.n_items <= MAX_SCORES[device.type]
    # Floats number the columns where ties are broken, and count them on a CPU.
    assert size.n_items < 2**24


def test_beauty_is_one_tile_and_on_a_gpu_one_block_nearly() -> None:
    assert block_size(12_101, CPU).n_items == block_size(12_101, CUDA).n_items == 12_101
    assert 22_363 / block_size(12_101, CUDA).n_prompts < 1.01


def test_a_million_users_on_a_million_items_take_less_than_8_gb() -> None:
    n_users = n_items = 10**6
    item_table = 4 * 64 * n_items
    assert peak_bytes(n_users, n_items, 20, CUDA) + item_table < 8e9
    assert peak_bytes(n_users, n_items, 20, CPU) + item_table < 8e9


@pytest.mark.parametrize(("device", "n_copies"), [(CPU, 2), (CUDA, 1)], ids=str)
def test_memory_grows_with_the_lists_only(device: torch.device, n_copies: int) -> None:
    first, second = (peak_bytes(10**6, n_items, 20, device) for n_items in (10**6, 10**7))
    assert second == first
    assert peak_bytes(2 * 10**6, 10**6, 20, device) - first == n_copies * 10**6 * (20 * 8 + 16)


def test_few_cases_take_less() -> None:
    assert peak_bytes(1, 12_101, 20, CUDA) < peak_bytes(2, 12_101, 20, CUDA) < 1e6
