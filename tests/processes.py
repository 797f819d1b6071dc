"""Programs started as a user starts them, in an environment without traces of the tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

OURS = ("SEQREC_", "PREFECT_", "MLFLOW_")


def program(name: str) -> str:
    """Return the path of a program in the environment of the tests."""
    return str(Path(sys.executable).with_name(name))


def environment(**variables: object) -> dict[str, str]:
    """Return the environment of this process without settings of programs, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | {name: str(value) for name, value in variables.items()}


def source_path() -> str:
    """Return the folders of the source as a value of PYTHONPATH; a relative one would be another in other folders."""
    folders = [path for path in map(Path, sys.path) if path.is_absolute() and (path / "flows").is_dir()]
    return os.pathsep.join(map(str, folders))


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(
    condition: Callable[[], bool], process: subprocess.Popen[Any] | None = None, patience_s: float = 120.0
) -> None:
    """Wait for a condition, as long as the process that should fulfil it is alive."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        assert process is None or process.poll() is None, "the process ended before"
        time.sleep(0.005)
