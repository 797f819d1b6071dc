"""What happens in a worker of a Dask cluster: one task at a time, with the settings of the run that it belongs to."""

import atexit
import logging
import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from distributed import Worker, WorkerPlugin, get_worker
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.task_engine import run_task_sync

from seqrec import stop
from seqrec.errors import ConfigError
from storage.settings import PREFIX
from tasks.progress import repeat, unwatch, watch

SENT: Final = ("name", "levelno", "levelname", "process", "step", "state", "detail")
"""The parts of a record that displays read, besides its message."""
SEND_S: Final = 3.0
"""Seconds for what Prefect has still to be told of a task."""


@dataclass(frozen=True)
class Origin:
    """The run that a task belongs to."""

    variables: Mapping[str, str] = field(repr=False)
    """Its settings; an address may contain a password."""
    topic: str
    """The topic of the cluster under which the run listens for progress."""


class StopWithRun(WorkerPlugin):
    """Requests the task of a worker to stop when it is cancelled: its run was stopped, or has died.

    Args:
        own_process: Whether the worker was started by a run for itself alone.
    """

    name = "seqrec"

    def __init__(self, *, own_process: bool) -> None:
        self._own_process = own_process

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 - Dask's own
        """Prepare a worker; called in its main thread."""
        if self._own_process:
            # Ctrl-C reaches all processes of a terminal; the starter decides what it means.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            # Shutting down the interpreter takes seconds with our libraries.
            atexit.register(os._exit, 0)

    def transition(self, key: object, start: str, finish: str, **_: Any) -> None:  # noqa: ANN401, ARG002 - Dask's own
        """Look at a change of the state of a task."""
        # A task that ends by itself goes to "memory" or "error".
        if start == "executing" and finish == "released":
            stop.request()


def run_here(origin: Origin, **arguments: Any) -> Any:  # noqa: ANN401 - those of Prefect's engine
    """Run a task in this worker, and return its final state.

    Raises:
        ConfigError: The worker has several threads.
    """
    worker = get_worker()
    if worker.state.nthreads != 1:
        raise ConfigError(
            f"the Dask worker at {worker.address}",
            got=f"{worker.state.nthreads} threads",
            expected="one thread, because settings and stops belong to a process",
            remedy="Start it with `dask worker --nthreads 1`, and as many of them as you want tasks at a time.",
        )
    # A request that concerned the task before.
    stop.withdraw()
    with _settings(origin.variables), _sending(worker, origin.topic):
        try:
            return run_task_sync(**arguments, return_type="state")
        except stop.Stopped as error:
            # Dask would end the worker for an exception that is no `Exception`.
            raise CancelledError("stopped") from error
        finally:
            # The worker may end at any moment after its task.
            for records in (EventsWorker, APILogWorker):
                records.drain_all(timeout=SEND_S, at_exit=False)


def heard(event: tuple[float, dict[str, Any]]) -> None:
    """Pass a progress record of a worker to the displays of this process."""
    repeat(logging.makeLogRecord(event[1]))


@contextmanager
def _settings(variables: Mapping[str, str]) -> Iterator[None]:
    """Replace the settings in the environment during the block."""
    own = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    for name in own:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
        os.environ.update(own)


@contextmanager
def _sending(worker: Worker, topic: str) -> Iterator[None]:
    """Send progress records to the cluster during the block."""
    handler = _Sender(worker, topic)
    watch(handler)
    try:
        yield
    finally:
        unwatch(handler)


class _Sender(logging.Handler):
    def __init__(self, worker: Worker, topic: str) -> None:
        super().__init__()
        self._worker, self._topic = worker, topic

    def emit(self, record: logging.LogRecord) -> None:
        told = {name: getattr(record, name) for name in SENT if hasattr(record, name)}
        self._worker.log_event(self._topic, told | {"msg": record.getMessage()})
