"""Each slot has one holder at a time, the lowest is taken first, and it is freed when the holder leaves or dies."""

import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from seqrec import stop
from seqrec.errors import StorageError
from storage.slots import slot

HOLD = """
import sys
from pathlib import Path
from storage.slots import slot
with slot(Path(sys.argv[1]), 2) as number:
    print(number, flush=True)
    input()
"""


def test_the_lowest_free_place_is_given(tmp_path: Path) -> None:
    with ExitStack() as stack:
        assert [stack.enter_context(slot(tmp_path, 3)) for _ in range(3)] == [0, 1, 2]
    with slot(tmp_path, 3) as first, slot(tmp_path, 3) as second:
        assert (first, second) == (0, 1)


def test_who_finds_no_place_waits_for_one(tmp_path: Path) -> None:
    found: list[int] = []
    told: list[str] = []

    def wait() -> None:
        with slot(tmp_path, 1, told.append) as number:
            found.append(number)

    with slot(tmp_path, 1):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive()
        assert not found
    thread.join(timeout=30)
    assert found == [0]
    assert told == [], "the training that it waits for is one of its own run"


def test_who_waits_is_told_for_whom_and_can_be_stopped(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    request.addfinalizer(stop.withdraw)
    told: list[str] = []

    def stop_when_told(holder: str) -> None:
        told.append(holder)
        stop.request()

    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with slot(tmp_path, 2), pytest.raises(stop.Stopped), slot(tmp_path, 2, stop_when_told):
            pass
        other.kill()
    assert [line.partition(" (")[0] for line in told] == [f"process {other.pid}"]
    assert " since 20" in told[0]


def test_a_place_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), slot(tmp_path, 1):
        raise ZeroDivisionError
    with slot(tmp_path, 1) as number:
        assert number == 0


def test_places_are_known_to_other_programs_and_outlive_none(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "0\n"
        with slot(tmp_path, 2) as number:
            assert number == 1
        other.kill()
        other.wait()
    with slot(tmp_path, 2) as number:
        assert number == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"), slot(tmp_path / "file" / "places", 1):
        pass
