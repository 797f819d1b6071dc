"""Free memory, and the peak memory of a block."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch

from seqrec.training.distributed import ProcessGroup
from seqrec.training.memory import REFERENCES, Peak, free_bytes

CPU = torch.device("cpu")
MIB = 2**20
TWO_BLOCKS = """
import torch
from seqrec.training.memory import Peak

with Peak(torch.device("cpu")) as first:
    large = torch.ones(50 * 2**20)
    del large
with Peak(torch.device("cpu")) as second:
    torch.ones(10 * 2**20)
print(first.n_bytes, second.n_bytes)
"""


def test_no_more_is_free_than_the_machine_has() -> None:
    assert 0 < free_bytes(CPU) <= psutil.virtual_memory().total


def test_a_limit_of_a_control_group_counts(monkeypatch) -> None:
    monkeypatch.setattr("seqrec.training.memory.left_bytes", lambda: [2**60, 3 * MIB])
    assert free_bytes(CPU) == 3 * MIB


def test_processes_that_train_together_have_equal_parts_of_a_machine(monkeypatch) -> None:
    monkeypatch.setattr("seqrec.training.memory.left_bytes", lambda: [3 * MIB])
    monkeypatch.setattr(ProcessGroup, "here", lambda: ProcessGroup(rank=1, size=3))
    assert free_bytes(CPU) == MIB


def status(monkeypatch, folder: Path, first: str, then: str) -> Peak:
    """Run a block during which the system reports one status, and then another."""
    text = folder / "status"
    monkeypatch.setattr("seqrec.training.memory.STATUS", text)
    monkeypatch.setattr("seqrec.training.memory.REFERENCES", folder / "clear_refs")
    text.write_text(first)
    with Peak(CPU) as peak:
        text.write_text(then)
    return peak


@pytest.mark.parametrize(("then", "n_bytes"), [("VmHWM:\t 130 kB\n", 30 * 1024), ("VmHWM:\t 90 kB\n", 0), ("", None)])
def test_no_block_takes_less_than_nothing(monkeypatch, tmp_path: Path, then: str, n_bytes: int | None) -> None:
    assert status(monkeypatch, tmp_path, "VmHWM:\t 100 kB\n", then).n_bytes == n_bytes


def test_where_the_system_does_not_say_a_block_runs_all_the_same(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "clear_refs").mkdir()  # The file can't be written.
    assert status(monkeypatch, tmp_path, "VmHWM:\t 100 kB\n", "VmHWM:\t 130 kB\n").n_bytes is None


@pytest.mark.skipif(not REFERENCES.exists(), reason="only Linux says what a process takes at most")
def test_measures_the_most_that_a_block_took_and_not_what_was_there_before() -> None:
    # It runs in its own process, because memory that other tests release during a block would count as well.
    found = subprocess.run([sys.executable, "-c", TWO_BLOCKS], capture_output=True, text=True, check=True)
    first, second = map(int, found.stdout.split())
    assert first == pytest.approx(200 * MIB, rel=0.1)
    assert second == pytest.approx(40 * MIB, rel=0.1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_measures_tensors_of_a_gpu() -> None:
    device = torch.device("cuda")
    kept = torch.ones(MIB, device=device)
    with Peak(device) as peak:
        torch.ones(2 * MIB, device=device)
    assert peak.n_bytes == 8 * MIB
    assert free_bytes(device) > 0
    del kept
