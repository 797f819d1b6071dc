"""Clean up after killed runs: Prefect would show them as running forever.

A process that is killed reports nothing. Each run therefore holds a file lock while it is alive. The operating system
frees the locks of dead processes, and the next run finds them. A run that was killed before it could hold one is found
on a server that only this data root uses. Training slots, child processes and servers need no cleanup: they go with
their process.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from filelock import FileLock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.states import Crashed

from storage.files import write_json
from storage.locks import take
from storage.settings import Settings

MARKED_WITHIN: Final = timedelta(seconds=5)
"""Time in which a living run marks itself; it is the first thing that it does."""


@contextmanager
def marked_alive(settings: Settings, flow_run_id: UUID) -> Iterator[None]:
    """Clean up after dead runs, and mark this run as alive during the block."""
    folder = _marks(settings)
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / f"{flow_run_id}.json"
    try:
        with FileLock(_lock_of(mark)):
            write_json(mark, {"pid": os.getpid()})
            try:
                with get_client(sync_client=True) as client:
                    report_dead_runs(settings, client, besides=mark)
                yield
            finally:
                mark.unlink()
    finally:
        _lock_of(mark).unlink(missing_ok=True)


def report_dead_runs(settings: Settings, client: SyncPrefectClient, besides: Path | None = None) -> None:
    """Report runs whose process has died as crashed; the mark `besides` is that of this process."""
    for mark in _marks(settings).glob("*.json"):
        if mark != besides:
            _bury(mark, client)


def report_unmarked_runs(settings: Settings, client: SyncPrefectClient) -> None:
    """Report runs as crashed whose process was killed before it could mark them.

    The server must belong to this data root alone: the runs of another one have their marks elsewhere.
    """
    started = FlowRunFilterStartTime(before_=datetime.now(UTC) - MARKED_WITHIN)
    running = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING]))
    for flow_run in client.read_flow_runs(flow_run_filter=FlowRunFilter(start_time=started, state=running)):
        if not (_marks(settings) / f"{flow_run.id}.json").exists():
            _report_crash(flow_run.id, client)


def alive_since(settings: Settings) -> datetime | None:
    """Return the time, in UTC, since which a run of the data root has been alive; None if none is."""
    started = [_started(mark) for mark in _marks(settings).glob("*.json")]
    return min((at for at in started if at is not None), default=None)


def _started(mark: Path) -> datetime | None:
    """Return when the run behind `mark` started, or None if it is not alive."""
    lock = take(_lock_of(mark))
    if lock is None:
        with suppress(FileNotFoundError):
            return datetime.fromtimestamp(mark.stat().st_mtime, UTC)
        return None
    lock.release()
    return None


def _marks(settings: Settings) -> Path:
    return settings.work_dir / "live"


def _bury(mark: Path, client: SyncPrefectClient) -> None:
    """Remove the traces of the run behind `mark`, unless it is alive."""
    lock = take(_lock_of(mark))
    if lock is None:
        return
    with lock:
        # A run that ended by itself just now has removed its mark.
        if mark.exists():
            _report_crash(UUID(mark.stem), client)
            mark.unlink()
    _lock_of(mark).unlink(missing_ok=True)


def _report_crash(flow_run_id: UUID, client: SyncPrefectClient) -> None:
    crashed: State[Any] = Crashed(message="The process was killed.")
    this_run = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    for flow_run in client.read_flow_runs(flow_run_filter=this_run):
        if flow_run.state is None or not flow_run.state.is_final():
            client.set_flow_run_state(flow_run.id, crashed, force=True)
    for task_run in client.read_task_runs(flow_run_filter=this_run):
        if task_run.state is None or not task_run.state.is_final():
            client.set_task_run_state(task_run.id, crashed, force=True)


def _lock_of(mark: Path) -> Path:
    return mark.with_suffix(".lock")
