"""The progress bar of a training on its page in Prefect."""

import time
from contextlib import suppress
from typing import Final
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import TaskRunContext
from prefect.exceptions import PrefectException

EVERY_S: Final = 5.0
"""Seconds between two updates, each of which asks the server."""


class ProgressBar:
    """A progress artifact of the task run, if there is one: the processes of a training together have none.

    Args:
        n_epochs: Epochs that there may be at most.
        what: What is in progress.
    """

    def __init__(self, n_epochs: int, what: str) -> None:
        self._n_epochs, self._what = n_epochs, what
        self._artifact: UUID | None = None
        self._shown_at = -EVERY_S

    def show(self, epoch: int, detail: str) -> None:
        """Show how many epochs are over, unless this was shown a moment ago."""
        if TaskRunContext.get() is None or time.monotonic() - self._shown_at < EVERY_S:
            return
        self._shown_at = time.monotonic()
        self._update(min(epoch / self._n_epochs, 1.0), detail)

    def finish(self, detail: str) -> None:
        """Show that the training is over; before its last epoch if it stopped early."""
        if self._artifact is not None:
            self._update(1.0, detail)

    def _update(self, share: float, detail: str) -> None:
        description = f"{self._what}: {detail}"
        # A server that does not answer must not cost a training.
        with suppress(httpx.HTTPError, PrefectException):
            if self._artifact is None:
                made = create_progress_artifact(100.0 * share, description=description)
                assert isinstance(made, UUID)
                self._artifact = made
            else:
                update_progress_artifact(self._artifact, 100.0 * share, description)
