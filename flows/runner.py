"""Task runners: threads, processes or a cluster, as many as the settings say when the flow starts."""

import atexit
import logging
import multiprocessing
import os
import signal
from contextlib import ExitStack
from logging.handlers import QueueHandler, QueueListener
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from seqrec import stop
from seqrec.errors import ConfigError
from storage.settings import Settings
from tasks import leash
from tasks.progress import repeat, watch


class RunnerOfSettings(ThreadPoolTaskRunner[Any]):
    """A placeholder in the decorator of a flow, which is evaluated when the module is imported.

    Prefect requests a duplicate each time the flow starts. Only then are the settings read.
    """

    def duplicate(self) -> TaskRunner[Any]:  # type: ignore[override]
        """Return the runner of one flow run."""
        settings = Settings()
        if settings.runner == "dask":
            return cluster_runner(settings)
        # One worker more than training slots, so that models train while earlier ones are evaluated.
        n_workers = settings.training_slots + 1
        if settings.runner == "processes":
            return ProgressingProcesses(max_workers=n_workers)
        return ThreadPoolTaskRunner(max_workers=n_workers)


def cluster_runner(settings: Settings) -> TaskRunner[Any]:
    """Return the runner of a Dask cluster.

    Raises:
        ConfigError: The extra `dask` is not installed.
    """
    try:
        # Imported late: it is optional, and takes a second.
        from flows.cluster import ClusterTaskRunner  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigError(
            "SEQREC_RUNNER",
            got=f"'dask', which needs the package {error.name}",
            expected="an installation with the extra `dask`",
            remedy="Run: pip install 'seqrec[dask]', or set SEQREC_RUNNER to threads or processes.",
        ) from error
    return ClusterTaskRunner(settings)


class ProgressingProcesses(ProcessPoolTaskRunner):
    """A pool of processes on a leash (`tasks/leash.py`), whose progress records reach the handlers of this process."""

    def __enter__(self) -> Self:
        spawn = multiprocessing.get_context("spawn")
        with ExitStack() as opened:
            records = spawn.Queue()
            listener = QueueListener(records, _Watchers())
            listener.start()
            opened.callback(listener.stop)
            # Each process of the pool reads from a copy of one end. The other end is here alone.
            watched, held = spawn.Pipe(duplex=False)
            opened.callback(watched.close)
            opened.callback(held.close)
            opened.enter_context(stop.calling(held.close))
            self._initializer, self._initargs = _prepare, (records, watched)
            super().__enter__()
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._opened:
            super().__exit__(kind, error, traceback)


class _Watchers(logging.Handler):
    """Passes the records of the pool to the displays here."""

    def emit(self, record: logging.LogRecord) -> None:
        repeat(record)


def _prepare(records: "multiprocessing.Queue[logging.LogRecord]", watched: Connection) -> None:
    """Prepare a process of the pool to send its progress records, and to stop when its starter does."""
    # Ctrl-C reaches all processes of a terminal; the starter decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leash.watch(os.dup(watched.fileno()), stop.request)
    # Called last, since it is registered first; shutting down the interpreter takes seconds with our libraries.
    atexit.register(os._exit, 0)
    watch(QueueHandler(records))
