"""Numbered slots, such as the GPUs of a machine, each held by one training at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from storage.atomic_write import writing

_POLL_S = 0.2


@contextmanager
def gpu_slot(folder: Path, n_slots: int) -> Iterator[int]:
    """Hold the lowest free slot during the block, so that no other process of this machine gets it.

    It waits while all slots are held. The operating system frees the slots of a process that dies.

    Args:
        folder: Folder of the lock files; processes that share the slots pass the same folder.
        n_slots: Number of slots.

    Raises:
        StorageError: The folder can't be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        number, lock = _first_free(folder, n_slots)
    try:
        yield number
    finally:
        lock.release()


def _first_free(folder: Path, n_slots: int) -> tuple[int, FileLock]:
    while True:
        for number in range(n_slots):
            # The thread that releases the lock may differ from the one that acquired it.
            lock = FileLock(folder / f"{number}.lock", timeout=0, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                continue
            return number, lock
        time.sleep(_POLL_S)
