"""Claims on stored folders: whoever uses one stamps it, and whoever removes it sees the stamp in time.

The stamp is the folder's time of change, so it costs no file and survives a restart. A lock on the folder itself, which
the system frees if a process dies, keeps a removal from coming between a stamp and its notice.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from storage.atomic_write import discard

REMOVING: Final = ".removing."
"""What the name of a folder begins with while it is removed."""


def claim(folder: Path) -> None:
    """Stamp a folder as used now; one that does not exist, or can't be changed by us, is left alone."""
    with suppress(OSError), _descriptor(folder) as opened:
        fcntl.flock(opened, fcntl.LOCK_SH)
        os.utime(opened)


def used_at(folder: Path) -> datetime:
    """Return when a folder was used last, in UTC."""
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC)


def remove_unused(folder: Path, since: datetime) -> bool:
    """Remove a folder as a whole, unless it was used since; return whether it is gone.

    A process that is killed meanwhile leaves the whole folder, or a hidden one that nobody takes for a result.

    Args:
        folder: The folder.
        since: The earliest use, in UTC, that keeps it.
    """
    hidden = folder.with_name(f"{REMOVING}{folder.name}")
    discard(hidden)
    with _descriptor(folder) as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        if used_at(folder) >= since:
            return False
        folder.rename(hidden)
    discard(hidden)
    return True


@contextmanager
def _descriptor(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
