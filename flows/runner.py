"""Task runners: threads or processes, as many as the settings say when the flow starts."""

import logging
import multiprocessing
from logging.handlers import QueueHandler, QueueListener
from types import TracebackType
from typing import Any, Self

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from storage.settings import Settings
from tasks.progress import LOGGER


class RunnerOfSettings(ThreadPoolTaskRunner[Any]):
    """A placeholder in the decorator of a flow, which is evaluated when the module is imported.

    Prefect requests a duplicate each time the flow starts. Only then are the settings read.
    """

    def duplicate(self) -> TaskRunner[Any]:  # type: ignore[override]
        """Return the runner of one flow run."""
        settings = Settings()
        # One worker more than training slots, so that models train while earlier ones are evaluated.
        n_workers = settings.training_slots + 1
        if settings.runner == "processes":
            return ProgressingProcesses(max_workers=n_workers)
        return ThreadPoolTaskRunner(max_workers=n_workers)


class ProgressingProcesses(ProcessPoolTaskRunner):
    """A pool of processes whose progress records reach the handlers of this process."""

    def __enter__(self) -> Self:
        records = multiprocessing.get_context("spawn").Queue()
        self._listener = QueueListener(records, _Watchers())
        self._listener.start()
        self._initializer, self._initargs = _send_progress, (records,)
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, traceback)
        self._listener.stop()


class _Watchers(logging.Handler):
    """Passes a record to the progress handlers here; Prefect has it already, from the process that made it."""

    def emit(self, record: logging.LogRecord) -> None:
        for handler in LOGGER.handlers:
            handler.handle(record)


def _send_progress(records: "multiprocessing.Queue[logging.LogRecord]") -> None:
    """Prepare a process of the pool to send its progress records."""
    LOGGER.addHandler(QueueHandler(records))
    LOGGER.setLevel(logging.INFO)
