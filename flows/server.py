"""The Prefect server of one process, which is started if no other is configured, and ends with that process.

Prefect could start one by itself. That one would load modules from the working folder, answer Ctrl-C before its runs
are closed, outlive a killed run, and be mistaken for that of another run which chose the same port.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryFile
from typing import IO, Final

from seqrec.errors import StorageError
from storage.atomic_write import check_room
from storage.settings import Settings

URL: Final = "PREFECT_API_URL"
PROCESS: Final = "flows.server_process"
ROOM: Final = 64 * 2**20
"""Bytes that a database of Prefect may take in a run, with its log."""
PATIENCE_S: Final = 120.0
STOP_S: Final = 8.0


class Server:
    """A server that belongs to this process.

    It answers on a socket that this process opened, so that its address is known at once, early requests wait instead
    of being refused, and no other process can get the same port.
    """

    def __init__(self, settings: Settings) -> None:
        """Starts it.

        Raises:
            StorageError: The disk has no room for its database.
        """
        settings.prefect_dir.mkdir(parents=True, exist_ok=True)
        check_room(settings.prefect_dir, ROOM)
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
            self._complaints: IO[bytes] = TemporaryFile()  # noqa: SIM115 - as long as the process
            # `-P` keeps the working folder off the import path. A session of its own keeps Ctrl-C from it.
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", PROCESS, str(listener.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
        # Registered before Prefect is imported, so that Prefect sends its last records first.
        atexit.register(self.stop)

    def wait(self, note: Callable[[str], object]) -> None:
        """Wait until it answers.

        Args:
            note: Receives what a person should know about the start.

        Raises:
            StorageError: It ended instead, or takes too long.
        """
        assert self._process.stdout is not None
        deadline = time.monotonic() + PATIENCE_S
        for line in self._process.stdout:
            told = json.loads(line)
            if "error" in told:
                self.stop()
                raise StorageError(**told["error"])
            if "note" in told:
                note(told["note"])
            if told.get("ready"):
                return
            if time.monotonic() > deadline:
                break
        self._end()
        self._complaints.seek(0)
        last = self._complaints.read().decode(errors="replace").strip().splitlines()[-1:]
        self._complaints.close()
        raise StorageError(
            "the temporary server of Prefect",
            got=f"it ended with code {self._process.returncode}{': ' if last else ''}{''.join(last)}",
            expected="a server that answers",
            remedy=f"Run the command again. If it fails again, set {URL} to the address of a Prefect server.",
        )

    def stop(self) -> None:
        """Let it go, and wait until it has ended."""
        self._end()
        self._complaints.close()

    def _end(self) -> None:
        atexit.unregister(self.stop)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def start_server(settings: Settings) -> Server | None:
    """Start a server unless one is configured; this process then talks to it if Prefect is imported afterwards."""
    # A program that has imported Prefect has decided already which server it talks to.
    if os.environ.get(URL) or "prefect" in sys.modules:
        return None
    server = Server(settings)
    os.environ[URL] = server.url
    return server
