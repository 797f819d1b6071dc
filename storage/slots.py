"""Numbered slots of a data root, such as its trainings at a time, each held by one training of one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from storage.atomic_write import writing
from storage.locks import Patience, Waiting, silently, take


@contextmanager
def slot(folder: Path, n_slots: int, waiting: Waiting = silently) -> Iterator[int]:
    """Hold the lowest free slot during the block, so that nobody else on this machine gets it.

    It waits while all slots are held. The operating system frees the slots of a process that dies.

    Args:
        folder: Folder of the lock files; processes that share the slots pass the same folder.
        n_slots: Number of slots.
        waiting: Told who holds the slots.

    Raises:
        StorageError: The folder can't be written.
        Stopped: Stopping was requested while it waited.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        number, lock = _first_free([folder / f"{number}.lock" for number in range(n_slots)], waiting)
    try:
        yield number
    finally:
        lock.release()


def _first_free(paths: list[Path], waiting: Waiting) -> tuple[int, FileLock]:
    patience = Patience(waiting)
    while True:
        for number, path in enumerate(paths):
            lock = take(path)
            if lock is not None:
                return number, lock
        patience.wait(paths)
