"""The identity of a process, which another process on the same host can check later."""

import os
import socket
from collections.abc import Iterable
from contextlib import suppress

import psutil


def current_process() -> str:
    """Return host, id and start time of this process; the id alone is not enough, since the system reuses ids."""
    return identity_of(os.getpid())


def identity_of(pid: int) -> str:
    """Return host, id and start time of a process of this host."""
    return f"{socket.gethostname()}/{pid}/{_start(pid)}"


def family_of(owner: str) -> list[psutil.Process]:
    """Return what runs of a process that was started in a session of its own.

    That is the process itself, which comes first, its descendants, and whatever else is in its session, even if the
    process has died.
    """
    host, text, start = owner.rsplit("/", 2)
    pid = int(text)
    # The system gives nobody the id of a session that still has members: if the id has a new owner, all are gone.
    if host != socket.gethostname() or _start(pid) not in {start, None}:
        return []
    family = {process.pid: process for process in psutil.process_iter() if _session(process.pid) == pid}
    for process in list(family.values()):
        with suppress(psutil.NoSuchProcess):
            family |= {child.pid: child for child in process.children(recursive=True)}
    return running(family.values())


def running(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return those processes that still run; one that has ended, and that nobody has waited for, does not."""
    return [process for process in processes if process.is_running() and _start(process.pid) is not None]


def has_ended(owner: str) -> bool:
    """Return whether a process of this host has ended; False for other hosts, which cannot be checked."""
    host, pid, start = owner.rsplit("/", 2)
    return host == socket.gethostname() and _start(int(pid)) != start


def is_running(owner: str) -> bool:
    """Return whether a process of this host still runs; False for other hosts, which cannot be checked."""
    host, pid, start = owner.rsplit("/", 2)
    return host == socket.gethostname() and _start(int(pid)) == start


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _start(pid: int) -> str | None:
    """Return the start time of a running process, or None if no process runs under this id."""
    try:
        process = psutil.Process(pid)
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return None
        # Seconds since boot, because a change of the clock shifts all times since the epoch.
        return f"{process.create_time() - psutil.boot_time():.2f}"
    except psutil.NoSuchProcess:
        return None
