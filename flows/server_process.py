"""The process of a temporary Prefect server; `flows.server` starts it and holds its leash, which is standard input.

It tells its starter what happens as lines of JSON on its original standard output.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path

import uvicorn

from seqrec.errors import SeqrecError
from tasks import leash

PARTS = ("subject", "got", "expected", "remedy")
"""The parts of an error that the starter repeats."""
LAST_RECORDS_S = 0.3
"""Seconds in which records that are on their way still arrive."""


class Telling(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, starter: int) -> None:
        super().__init__(config)
        self._starter = starter

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, and tell it."""
        await super().startup(sockets)
        if self.started:
            _send(self._starter, ready=True)


def main(listener: int) -> None:
    """Serve on the socket `listener` until the leash breaks."""
    starter = os.dup(1)
    # Output of libraries must not mix with the lines that the starter reads.
    os.dup2(2, 1)
    serving: list[uvicorn.Server] = []
    leash.watch(0, lambda: _leave(serving))
    for name in ("PREFECT__SERVER_EPHEMERAL", "PREFECT__SERVER_FINAL"):
        os.environ[name] = "1"
    os.environ["PREFECT_UI_ENABLED"] = "0"
    try:
        _complete_database(starter)
    except SeqrecError as error:
        _send(starter, error={part: getattr(error, part) for part in PARTS})
        os._exit(1)
    app = "prefect.server.api.server:create_app"
    config = uvicorn.Config(app, factory=True, lifespan="on", log_level="error", timeout_graceful_shutdown=1)
    serving.append(Telling(config, starter))
    serving[0].run([socket.socket(fileno=listener)])
    # Everything is written by now; shutting down the interpreter would take as long again.
    os._exit(0)


def _complete_database(starter: int) -> None:
    # Imported late, so that the leash is watched from the beginning.
    from flows.server_database import complete_own  # noqa: PLC0415

    complete_own(Path(os.environ["PREFECT_HOME"]), lambda note: _send(starter, note=note))


def _leave(serving: list[uvicorn.Server]) -> None:
    # A server that is starting listens to nobody, and its database can be left at any moment.
    if not serving or not serving[0].started:
        os._exit(0)
    time.sleep(LAST_RECORDS_S)
    serving[0].should_exit = True


def _send(starter: int, **message: object) -> None:
    os.write(starter, (json.dumps(message) + "\n").encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
