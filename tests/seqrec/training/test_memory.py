"""What is free, and what a block took."""

import psutil
import pytest
import torch

from seqrec.training.memory import REFERENCES, Peak, free_bytes

CPU = torch.device("cpu")
MIB = 2**20


def test_no_more_is_free_than_the_machine_has() -> None:
    assert 0 < free_bytes(CPU) <= psutil.virtual_memory().total


def test_a_limit_of_a_control_group_counts(monkeypatch) -> None:
    monkeypatch.setattr("seqrec.training.memory.left_bytes", lambda: [2**60, 3 * MIB])
    assert free_bytes(CPU) == 3 * MIB


@pytest.mark.skipif(not REFERENCES.exists(), reason="only Linux says what a process takes at most")
def test_measures_the_most_that_a_block_took_and_not_what_was_there_before() -> None:
    with Peak(CPU) as first:
        large = torch.ones(50 * MIB)
        del large
    with Peak(CPU) as second:
        torch.ones(10 * MIB)
    assert first.n_bytes == pytest.approx(200 * MIB, rel=0.1)
    assert second.n_bytes == pytest.approx(40 * MIB, rel=0.1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_measures_tensors_of_a_gpu() -> None:
    device = torch.device("cuda")
    kept = torch.ones(MIB, device=device)
    with Peak(device) as peak:
        torch.ones(2 * MIB, device=device)
    assert peak.n_bytes == 8 * MIB
    assert free_bytes(device) > 0
    del kept
