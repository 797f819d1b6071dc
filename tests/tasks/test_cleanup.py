"""The cleanup after dead runs, and only after them, on a real Prefect server."""

import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from filelock import FileLock
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.states import Running

from storage.files import write_json
from storage.settings import Settings
from tasks.cleanup import marked_alive, report_unmarked_runs


@flow
def nothing() -> None:
    """A flow that does nothing."""


def running_run() -> UUID:
    """Create a flow run that is running for Prefect, with the mark of its process."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(nothing, state=Running())
    write_json(mark_of(run.id), {"pid": os.getpid()})
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


def test_the_mark_goes_even_if_the_run_fails() -> None:
    with pytest.raises(RuntimeError), marked_alive(Settings(), uuid4()):
        raise RuntimeError
    assert list((Settings().work_dir / "live").iterdir()) == []


def test_a_run_without_a_mark_is_counted_as_crashed_once_it_should_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    marked, unmarked = running_run(), running_run()
    mark_of(unmarked).unlink()
    with get_client(sync_client=True) as client:
        report_unmarked_runs(Settings(), client)
        assert (state_of(marked), state_of(unmarked)) == ("Running", "Running")
        monkeypatch.setattr("tasks.cleanup.MARKED_WITHIN", timedelta(0))
        report_unmarked_runs(Settings(), client)
    assert (state_of(marked), state_of(unmarked)) == ("Running", "Crashed")
