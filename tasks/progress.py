"""What a task tells whoever watches, as ordinary log records with a step and a state on them.

The command line turns them into a progress display; Prefect's pages show them as the lines of the task's log.
"""

import logging
from typing import Literal

State = Literal["running", "done", "stored", "failed"]

LOGGER = logging.getLogger("seqrec.progress")


def announce(step: str, state: State, detail: str) -> None:
    """Say where `step` stands; `detail` is one line for a person."""
    level = logging.ERROR if state == "failed" else logging.INFO
    LOGGER.log(level, "%s: %s", step, detail, extra={"step": step, "state": state, "detail": detail})


def state_of(*, made: bool) -> State:
    """How a step ended that either did its work or found it in the store."""
    return "done" if made else "stored"
