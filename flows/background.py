"""The servers and the worker of a data root: which of them are needed, and what has to be there before they start."""

import os
from collections.abc import Mapping

from flows.programs import PORTS, Program, own_servers, worker
from flows.server import URL
from flows.services import ensure, stop
from storage.services import Name, Service, Services
from storage.settings import Settings
from storage.tracking_client import TrackingClient
from tasks.progress import announce


def start_servers(settings: Settings, prefect_port: int | None, mlflow_port: int | None) -> list[Service]:
    """Start the servers that do not run, and return them.

    Args:
        settings: The data root; `prepare_background` was called with it.
        prefect_port: Port of Prefect; by default the last one, or 4200.
        mlflow_port: Port of MLflow; by default the last one, or 5000.

    Raises:
        ConfigError: A port is taken.
        StorageError: A database can't be made, or a server does not start.
    """
    known = Services(settings.services_dir).all()
    programs = own_servers(
        settings,
        prefect_port or _last_port(known, "prefect"),
        mlflow_port or _last_port(known, "mlflow"),
    )
    for program in programs:
        if program.name not in known or not known[program.name].runs:
            _complete_database(settings, program)
    return ensure(settings, programs)


def start_worker(settings: Settings, api: str) -> list[Service]:
    """Start the worker if it does not run, and return it; one that serves another server is stopped first.

    Raises:
        StorageError: It does not start.
    """
    known = Services(settings.services_dir).all().get("worker")
    if known is not None and known.runs and known.url != api:
        stop(settings, [known])
    return ensure(settings, [worker(api)])


def api_of(settings: Settings) -> str | None:
    """Return the address of the API of the user's Prefect server, or else of ours; None if that does not run."""
    url = Services(settings.services_dir).url("prefect")
    return os.environ.get(URL) or (None if url is None else f"{url}/api")


def _last_port(known: Mapping[str, Service], name: Name) -> int:
    return (known[name].port if name in known else None) or PORTS[name]


def _complete_database(settings: Settings, program: Program) -> None:
    """Make a database before its server starts, which would leave it half made if it were killed."""
    step = f"start {program.name}"
    announce(step, "running", "completing its database")
    if program.name == "prefect":
        # Imported late: Prefect reads its environment when it is imported.
        from flows.server_database import complete_own  # noqa: PLC0415

        complete_own(settings.prefect_dir, lambda note: announce(step, "note", note))
        return
    with TrackingClient(settings.tracking_uri, settings.mlflow_dir).use():
        announce(step, "running", "its database is complete")
