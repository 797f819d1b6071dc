"""The programs that run in the background for a data root: Prefect's server, MLflow's server and a worker."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flows.probe import is_address
from flows.server import URL
from storage.services import Name
from storage.settings import Settings

POOL: Final = "seqrec"
"""The work pool whose runs the worker starts."""
PORTS: Final[Mapping[Name, int]] = {"prefect": 4200, "mlflow": 5000}
HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class Program:
    """A program that can be started in the background."""

    name: Name
    arguments: tuple[str, ...]
    """What follows `python -m`."""
    environment: Mapping[str, str]
    """Variables that it gets besides those of this process."""
    url: str
    """The address at which it answers; that of its server, for a worker."""
    health: str | None
    """The page that shows whether it answers; None if it serves none."""
    port: int | None
    """The port that it takes."""


def prefect_server(port: int) -> Program:
    """Return Prefect's server."""
    url = f"http://{HOST}:{port}"
    return Program(
        "prefect",
        ("prefect", "server", "start", "--host", HOST, "--port", str(port)),
        {
            # Without it, pages on another port than 4200 look for their server on that one.
            "PREFECT_UI_API_URL": f"{url}/api",
            # A server that forgot the leases of runs at its end would keep their places taken for good.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        },
        url,
        f"{url}/api/health",
        port,
    )


def mlflow_server(settings: Settings, port: int) -> Program:
    """Return MLflow's server."""
    url = f"http://{HOST}:{port}"
    options = ("--host", HOST, "--port", str(port), "--workers", "1", "--artifacts-destination")
    return Program(
        "mlflow",
        ("mlflow", "server", *options, str(settings.mlflow_dir)),
        # The address of a database may contain a password, and everybody on the machine can see arguments.
        {"MLFLOW_BACKEND_STORE_URI": settings.tracking_uri, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        url,
        f"{url}/health",
        port,
    )


def worker(api: str) -> Program:
    """Return the worker that starts the runs of a Prefect server."""
    options = ("--pool", POOL, "--type", "process", "--name", f"{POOL} on {socket.gethostname()}")
    return Program("worker", ("prefect", "worker", "start", *options), {URL: api}, api, None, None)


def own_servers(settings: Settings, prefect_port: int, mlflow_port: int) -> list[Program]:
    """Return the servers that a data root needs: those that the environment does not name."""
    prefect = [] if os.environ.get(URL) else [prefect_server(prefect_port)]
    return prefect if is_address(settings.tracking_uri) else [*prefect, mlflow_server(settings, mlflow_port)]
