"""The pages of Prefect and MLflow, served until Ctrl-C."""

from flows.cli.display import console
from flows.cli.services import MlflowPort, PrefectPort, show_services, starting_services

STOP_S = 6.0
"""Seconds for an orderly end, less than an interrupted command has."""


def pages(prefect_port: PrefectPort = None, mlflow_port: MlflowPort = None) -> None:
    """Serve the pages of Prefect and MLflow.

    They are served on this machine until you interrupt the command. `seqrec up` serves them in the background.
    """
    from flows.background import start_servers
    from flows.services import died, stop
    from seqrec import stop as stopping
    from storage.services import Services
    from storage.settings import Settings

    settings, out = Settings(), console()
    settings.check_exists()
    services = Services(settings.services_dir)
    before = {name for name, service in services.all().items() if service.runs}
    try:
        with starting_services(settings, out):
            start_servers(settings, prefect_port, mlflow_port)
        show_services(out, settings)
        ours = [service for name, service in services.all().items() if name not in before]
        if not ours:
            out.print("The pages are served already.")
            return
        out.print("Interrupt (Ctrl-C) to stop.")
        while not (dead := [service for service in ours if not service.runs]):
            stopping.pause(1.0)
        # Somebody who stops them on purpose also removes their records.
        if dead[0].name in services.all():
            raise died(dead[0])
    finally:
        stop(settings, [one for name, one in services.all().items() if name not in before], STOP_S)
