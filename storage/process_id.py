"""The identity of a process, which another process on the same host can check later."""

import os
import socket

import psutil


def current_process() -> str:
    """Return host, id and start time of this process; the id alone is not enough, since the system reuses ids."""
    return f"{socket.gethostname()}/{os.getpid()}/{_start(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Return whether a process of this host has ended; False for other hosts, which cannot be checked."""
    host, pid, start = owner.rsplit("/", 2)
    return host == socket.gethostname() and _start(int(pid)) != start


def is_running(owner: str) -> bool:
    """Return whether a process of this host still runs; False for other hosts, which cannot be checked."""
    host, pid, start = owner.rsplit("/", 2)
    return host == socket.gethostname() and _start(int(pid)) == start


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
