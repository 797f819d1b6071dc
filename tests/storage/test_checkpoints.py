"""Checkpoints are exact, and never incomplete."""

import logging
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from seqrec.errors import StorageError
from seqrec.types import EpochReport, State
from storage.checkpoints import Checkpoints

REPORTS = [
    EpochReport("fit", 1, 0.1 + 0.2, {"ndcg_at_20": 1 / 3}, 0.5, 1),
    EpochReport("fit", 2, 1e-300, {"ndcg_at_20": -math.inf}, 0.5, 1),
    EpochReport("refit", 1, 2.0, {}, 0.25, 1),
]


def state(value: float) -> State:
    """Return a small state that differs from others."""
    return State({"weight": torch.full((3,), value), "generator": torch.get_rng_state()}, {"epoch": value})


def value_of(loaded: tuple[State, list[EpochReport]] | None) -> tuple[object, int]:
    """Return the distinguishing value of a loaded state, and the number of its reports."""
    assert loaded is not None
    return loaded[0].facts["epoch"], len(loaded[1])


def test_there_is_none_at_first(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "work" / "k")
    assert checkpoints.load() is None
    checkpoints.clear()
    assert not (tmp_path / "work").exists()


def test_the_newest_comes_back_exactly(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "k")
    for n in range(12):
        checkpoints.save(state(n), REPORTS)
    loaded = Checkpoints(tmp_path / "k").load()
    assert loaded is not None
    assert torch.equal(loaded[0].tensors["weight"], torch.full((3,), 11.0))
    assert torch.equal(loaded[0].tensors["generator"], torch.get_rng_state())
    assert loaded[1] == REPORTS
    assert len(list((tmp_path / "k").iterdir())) == 2, "older ones are removed"


def test_keys_do_not_mix(tmp_path: Path) -> None:
    Checkpoints(tmp_path / "a").save(state(1), REPORTS)
    assert Checkpoints(tmp_path / "b").load() is None


def test_clear_forgets(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "k")
    checkpoints.save(state(1), REPORTS)
    checkpoints.clear()
    assert checkpoints.load() is None


@pytest.mark.parametrize("file", ["state.safetensors", "state.json", "reports.json", "digests.json"])
@pytest.mark.parametrize("damage", ["torn", "flipped", "missing"])
def test_a_damaged_one_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture, file: str, damage: str) -> None:
    checkpoints = Checkpoints(tmp_path / "k")
    checkpoints.save(state(1), REPORTS[:1])
    checkpoints.save(state(2), REPORTS[:2])
    path = max((tmp_path / "k").iterdir()) / file
    content = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "torn":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[-3 if file != "digests.json" else len(content) // 2] ^= 1
        path.write_bytes(content)
    with caplog.at_level(logging.WARNING, "seqrec.checkpoints"):
        assert value_of(checkpoints.load()) == (1, 1)
    assert str(path.parent) in caplog.text
    checkpoints.save(state(3), REPORTS)
    assert value_of(checkpoints.load()) == (3, 3)


FULL_DISK = """
import resource, sys
from pathlib import Path

import torch

from seqrec.errors import StorageError
from seqrec.types import State
from storage.checkpoints import Checkpoints

checkpoints = Checkpoints(Path(sys.argv[1]) / "k")
checkpoints.save(State({"weight": torch.ones(3)}, {"epoch": 1}), [])
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
try:
    checkpoints.save(State({"weight": torch.ones(1_000_000)}, {"epoch": 2}), [])
except StorageError as error:
    print(error)
"""


def test_a_full_disk_keeps_the_former(tmp_path: Path) -> None:
    # It runs in its own process, because the limit on file sizes would apply to the output of this one too.
    said = subprocess.run([sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, text=True, check=True)
    assert "SEQREC_DATA_ROOT" in said.stdout
    assert value_of(Checkpoints(tmp_path / "k").load()) == (1, 0)
    assert len(list((tmp_path / "k").iterdir())) == 1, "no incomplete checkpoint is left"


def test_what_a_killed_process_left_half_written_is_swept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "k")
    checkpoints.save(state(1), REPORTS)
    (tmp_path / "k" / ".half").mkdir()
    (tmp_path / "k" / ".half" / "state.json").write_text("{")
    assert value_of(checkpoints.load()) == (1, 3)
    checkpoints.save(state(2), REPORTS)
    assert not (tmp_path / "k" / ".half").exists()


def test_a_file_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("in the way")
    with pytest.raises(StorageError, match="SEQREC_DATA_ROOT"):
        Checkpoints(tmp_path / "work" / "k").save(state(1), REPORTS)
