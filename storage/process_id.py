"""Who is at work on something, told in a way that another process can check."""

import os
import socket
from pathlib import Path


def current_process() -> str:
    """This process: host, process id, and when it started, since ids are used again."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Whether the process was on this host and runs no more; of other hosts nothing can be said."""
    host, pid, started = owner.rsplit("/", 2)
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str:
    """Start of a running process, in the system's own count; without such a count, only that it runs."""
    try:
        # The name, in parentheses, may hold spaces; after it the state comes first, the start twentieth.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return "running" if not Path("/proc/self").exists() and _answers(pid) else ""
    return "" if fields[0] in "ZX" else fields[19]


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
