"""Clean up after killed runs: their states, their training slots and their own Prefect servers.

A process that is killed reports nothing. Prefect would show its runs as running forever, count its training slot as
taken, and, if no server is configured, leave the server that the process had started for itself. Each run therefore
holds a file lock while it is alive. The operating system frees the locks of dead processes, and the next run finds
them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
from filelock import FileLock, Timeout
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL
from prefect.states import Crashed

from storage.files import read_json, write_json
from storage.settings import Settings
from tasks.train import SLOT

OWN_SERVER = "prefect.server.api.server:create_app"
"""Part of the command line of a server that Prefect starts for a single process."""


@contextmanager
def marked_alive(settings: Settings, flow_run_id: UUID) -> Iterator[None]:
    """Clean up after dead runs, open the training slots, and mark this run as alive during the block."""
    folder = settings.work_dir / "live"
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / f"{flow_run_id}.json"
    try:
        with FileLock(_lock_of(mark)):
            write_json(mark, {"pid": os.getpid(), "servers": [server.pid for server in _own_servers()]})
            with get_client(sync_client=True) as client:
                others = [_clean_up(other, client) for other in folder.glob("*.json") if other != mark]
                _open_slots(client, settings.training_slots)
                # A server of our own counts slots for nobody else; a shared server ends the leases of dead runs itself.
                if PREFECT_API_URL.value() is None and not any(others):
                    client.update_global_concurrency_limit(SLOT, GlobalConcurrencyLimitUpdate(active_slots=0))
            try:
                yield
            finally:
                mark.unlink()
    finally:
        _lock_of(mark).unlink(missing_ok=True)


def _open_slots(client: SyncPrefectClient, n_slots: int) -> None:
    """Set the number of training slots."""
    try:
        client.upsert_global_concurrency_limit_by_name(SLOT, n_slots)
    except PrefectHTTPStatusError as error:
        if error.response.status_code != HTTPStatus.CONFLICT:
            raise
        # Another run created the limit after we looked for it, so now it can be updated.
        client.upsert_global_concurrency_limit_by_name(SLOT, n_slots)


def _clean_up(mark: Path, client: SyncPrefectClient) -> bool:
    """Return whether the run behind `mark` is alive; if it is not, remove its traces."""
    try:
        with FileLock(_lock_of(mark), timeout=0):
            if not mark.exists():
                # The run ended by itself just now.
                return False
            for pid in read_json(mark)["servers"]:
                with suppress(psutil.NoSuchProcess):
                    server = psutil.Process(pid)
                    if OWN_SERVER in server.cmdline():
                        server.terminate()
            _report_crash(UUID(mark.stem), client)
            mark.unlink()
    except Timeout:
        return True
    _lock_of(mark).unlink(missing_ok=True)
    return False


def _report_crash(flow_run_id: UUID, client: SyncPrefectClient) -> None:
    crashed: State[Any] = Crashed(message="The process was killed.")
    this_run = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    for flow_run in client.read_flow_runs(flow_run_filter=this_run):
        if flow_run.state is None or not flow_run.state.is_final():
            client.set_flow_run_state(flow_run.id, crashed, force=True)
    for task_run in client.read_task_runs(flow_run_filter=this_run):
        if task_run.state is None or not task_run.state.is_final():
            client.set_task_run_state(task_run.id, crashed, force=True)


def _own_servers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if OWN_SERVER in child.cmdline()]


def _lock_of(mark: Path) -> Path:
    return mark.with_suffix(".lock")
