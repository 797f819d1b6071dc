"""File locks that say who holds them. The operating system frees the locks of a process that dies."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from seqrec import stop

TELL_AGAIN_S: Final = 30.0
_POLL_S: Final = 0.1

Waiting = Callable[[str], object]
"""Receives, in words, for which other processes this one waits, when it begins to wait and twice a minute."""


def silently(holder: str) -> None:
    """Wait without telling anybody."""


@contextmanager
def held(path: Path, waiting: Waiting = silently) -> Iterator[None]:
    """Hold the lock file `path` during the block, and wait for it if necessary.

    Raises:
        Stopped: Stopping was requested while it waited.
    """
    patience = Patience(waiting)
    while (lock := take(path)) is None:
        patience.wait([path])
    try:
        yield
    finally:
        lock.release()


def take(path: Path) -> FileLock | None:
    """Return the lock file `path` if nobody holds it, with the name of this process in it."""
    # The thread that releases the lock may differ from the one that acquired it.
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    path.write_text(f"{_this_process()} since {time.strftime('%Y-%m-%d %H:%M:%S')}", encoding="utf-8")
    return lock


class Patience:
    """Waits in small pieces, and tells for whom."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._told_at: float | None = None

    def wait(self, paths: list[Path]) -> None:
        """Wait a little for the holders of the lock files `paths`.

        Raises:
            Stopped: Stopping was requested.
        """
        now = time.monotonic()
        if self._told_at is None or now - self._told_at > TELL_AGAIN_S:
            self._told_at = now
            others = [holder for holder in map(_holder, paths) if not holder.startswith(_this_process())]
            if others:
                self._waiting(" and ".join(others))
        stop.pause(_POLL_S)


def _this_process() -> str:
    # Options may contain secrets, and say little.
    words = [Path(sys.argv[0]).name, *(word for word in sys.argv[1:3] if not word.startswith("-"))]
    return f"process {os.getpid()} ({' '.join(words)})"


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") or "another process"
    except OSError:
        return "another process"
