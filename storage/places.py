"""Numbered places, such as the GPUs of a machine, of which each is for one at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from storage.disk import writing

_POLL_S = 0.2


@contextmanager
def taken(folder: Path, n_places: int) -> Iterator[int]:
    """The lowest place that nobody has, in this program or another one of this machine, for the time of the block.

    Waits while all are taken. The places of a program that dies are free again.

    Args:
        folder: Where the places are known; all who share them name the same one.
        n_places: How many there are.

    Raises:
        StorageError: The folder can't be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        number, lock = _first_free(folder, n_places)
    try:
        yield number
    finally:
        lock.release()


def _first_free(folder: Path, n_places: int) -> tuple[int, FileLock]:
    while True:
        for number in range(n_places):
            # Held by the thread that takes it, whichever thread lets it go.
            lock = FileLock(folder / f"{number}.lock", timeout=0, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                continue
            return number, lock
        time.sleep(_POLL_S)
