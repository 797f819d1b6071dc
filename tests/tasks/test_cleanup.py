"""The cleanup after dead runs, and only after them, on a real Prefect server."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from filelock import FileLock
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.states import Running

from storage.files import write_json
from storage.settings import Settings
from tasks.cleanup import marked_alive
from tasks.train import SLOT


@flow
def nothing() -> None:
    """A flow that does nothing."""


def running_run(*servers: int) -> UUID:
    """Create a flow run that is running for Prefect, with the mark of its process."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(nothing, state=Running())
    write_json(mark_of(run.id), {"pid": os.getpid(), "servers": list(servers)})
    return run.id


def mark_of(run_id: UUID) -> Path:
    """Return the mark file of a run."""
    folder = Settings().work_dir / "live"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{run_id}.json"


def state_of(run_id: UUID) -> str:
    """Return Prefect's state of a run."""
    with get_client(sync_client=True) as client:
        return str(client.read_flow_run(run_id).state_name)


@pytest.fixture(autouse=True)
def server(prefect_server: None) -> None:
    """Use the Prefect server in all tests of this file."""


def test_a_dead_run_is_counted_as_crashed_and_its_mark_goes() -> None:
    dead = running_run()
    with marked_alive(Settings(), uuid4()):
        assert state_of(dead) == "Crashed"
    assert list(mark_of(dead).parent.iterdir()) == []


def test_a_run_that_holds_its_lock_is_left_alone() -> None:
    living = running_run()
    with FileLock(mark_of(living).with_suffix(".lock")), marked_alive(Settings(), uuid4()):
        assert state_of(living) == "Running"
    assert mark_of(living).exists()


def test_a_process_that_took_the_number_of_a_dead_server_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        running_run(other.pid)
        with marked_alive(Settings(), uuid4()):
            assert other.poll() is None
        other.communicate(b"\n")
        assert other.returncode == 0


def test_a_server_that_nobody_needs_any_more_is_ended() -> None:
    code = "input()  # prefect.server.api.server:create_app"
    # The words are a single argument, as in the command line of a Prefect server.
    command = [sys.executable, "-c", code, "prefect.server.api.server:create_app"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as server:
        running_run(server.pid)
        with marked_alive(Settings(), uuid4()):
            assert server.wait(timeout=10) != 0


def test_there_are_as_many_slots_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_TRAINING_SLOTS", "3")
    with marked_alive(Settings(), uuid4()), get_client(sync_client=True) as client:
        assert client.read_global_concurrency_limit_by_name(SLOT).limit == 3
    monkeypatch.delenv("SEQREC_TRAINING_SLOTS")
    with marked_alive(Settings(), uuid4()), get_client(sync_client=True) as client:
        assert client.read_global_concurrency_limit_by_name(SLOT).limit == 1


def test_the_mark_goes_even_if_the_run_fails() -> None:
    with pytest.raises(RuntimeError), marked_alive(Settings(), uuid4()):
        raise RuntimeError
    assert list((Settings().work_dir / "live").iterdir()) == []
