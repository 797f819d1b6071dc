"""The progress of tasks, as ordinary log records that carry a step and a state.

The command line turns them into a progress display; Prefect's pages show them as lines of the task's log.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

State = Literal["running", "waiting", "note", "done", "stored", "warned", "failed", "over"]
"""The state of a step: `waiting` and `note` are remarks during the step; `over` ends one that needs no line."""

EVERYTHING = logging.getLogger("seqrec")
LOGGER = logging.getLogger("seqrec.progress")

_LEVELS = {"warned": logging.WARNING, "failed": logging.ERROR}
_BRIEFLY: ContextVar[bool] = ContextVar("briefly", default=False)


@contextmanager
def briefly() -> Iterator[None]:
    """Let steps that end within the block leave no line behind, as those of one of many trials."""
    token = _BRIEFLY.set(True)
    try:
        yield
    finally:
        _BRIEFLY.reset(token)


def announce(step: str, state: State, detail: str) -> None:
    """Announce the state of `step`; `detail` is one line for a person."""
    if _BRIEFLY.get() and state in {"done", "stored"}:
        state = "over"
    LOGGER.log(
        _LEVELS.get(state, logging.INFO), "%s: %s", step, detail, extra={"step": step, "state": state, "detail": detail}
    )


def watch(handler: logging.Handler) -> None:
    """Let a handler receive the progress, and every warning of the program."""
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    EVERYTHING.addHandler(_WarningsOf(handler))


def unwatch(handler: logging.Handler) -> None:
    """Let a handler receive nothing any more."""
    LOGGER.removeHandler(handler)
    for other in list(EVERYTHING.handlers):
        if isinstance(other, _WarningsOf) and other.handler is handler:
            EVERYTHING.removeHandler(other)


def state_of(*, made: bool) -> State:
    """Return the final state of a step, which either did its work or found it in the store."""
    return "done" if made else "stored"


class _WarningsOf(logging.Handler):
    """Passes on warnings, except those of the progress, which have arrived already."""

    def __init__(self, handler: logging.Handler) -> None:
        super().__init__(logging.WARNING)
        self.handler = handler

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on a record."""
        if record.name != LOGGER.name:
            self.handler.handle(record)


def repeat(record: logging.LogRecord) -> None:
    """Pass a record of another process to the displays of this one; Prefect has it already, from that process."""
    for handler in LOGGER.handlers:
        handler.handle(record)
