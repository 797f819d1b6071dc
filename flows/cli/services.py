"""Everything on this machine in the background: the servers, the worker and the deployments."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from flows.cli.display import Display, console, show
from tasks.progress import announce

if TYPE_CHECKING:
    from storage.settings import Settings

PrefectPort = Annotated[
    int | None, typer.Option(min=1, max=65535, help="Port of Prefect; by default the last one, or 4200.")
]
MlflowPort = Annotated[
    int | None, typer.Option(min=1, max=65535, help="Port of MLflow; by default the last one, or 5000.")
]
LAST_LINES = 5


Experiment = Annotated[
    str | None,
    typer.Argument(
        help="Experiment that runs every night, a file or a name; by default the last one, or beauty-temporal."
    ),
]
Dump = Annotated[
    Path | None, typer.Option("--data", help="Folder of its dump; by default the last one, or the folder `data` here.")
]


def up(
    experiment: Experiment = None, data: Dump = None, prefect_port: PrefectPort = None, mlflow_port: MlflowPort = None
) -> None:
    """Start Prefect, MLflow and a worker in the background, and deploy what runs every night.

    What runs already is left alone; another experiment or dump is deployed again. A server that PREFECT_API_URL or
    SEQREC_TRACKING_URI names is used, and not started.
    """
    from storage.settings import Settings

    settings, out = Settings(), console()
    with starting_services(settings, out):
        from flows.background import api_of, start_servers, start_worker
        from flows.deploying import connected, deploy, make_pools, target_of

        target = target_of(settings, experiment, data)
        started = start_servers(settings, prefect_port, mlflow_port)
        api = api_of(settings)
        assert api is not None
        from flows.alerting import tell
        from flows.heartbeats import crash_without
        from flows.programs import POOL
        from tasks.cleanup import report_dead_runs, report_unmarked_runs

        with connected(api) as client:
            make_pools(client, POOL)
            crash_without(client)
            # A run that died with the machine would keep the next one of its deployment waiting.
            report_dead_runs(settings, client)
            if any(service.name == "prefect" for service in started):
                report_unmarked_runs(settings, client)
        started += start_worker(settings, api)
        if started or experiment is not None or data is not None:
            announce("deploy", "running", "deploying what runs every night")
            deploy(settings, api, target)
            announce("deploy", "over", "")
        with connected(api) as client:
            n_automations = tell(client, settings.webhook)
    show_services(out, settings)
    if n_automations:
        show(out, "webhook  ", f"told by {n_automations} automations")
    show(out, "runs     ", f"{target.experiment}, on the dump in {target.data}")
    if not Path(target.data).is_dir():
        show(out, "note     ", f"there is no folder {target.data} yet; name the dump's folder with --data")
    if not started:
        out.print("Everything runs already; `seqrec down` stops it.")
    show_agenda(out, api)


def down() -> None:
    """Stop what `seqrec up` started, and nothing else.

    Runs that are in progress are stopped too; the next run resumes from their last checkpoint.
    """
    from flows.services import stop
    from storage.services import Services
    from storage.settings import Settings

    settings, out = Settings(), console()
    services = Services(settings.services_dir)
    if not services.all():
        out.print("Nothing runs.")
        return
    with Display(out), _alone(settings):
        known = services.all()
        n_killed = stop(settings, known.values())
    out.print(f"stopped  {', '.join(sorted(known))}")
    if n_killed:
        show(out, "[bold yellow]warned[/]  ", f"{n_killed} processes did not end in time, and were killed")


def status() -> None:
    """Say what runs, what is scheduled, and how the last runs ended.

    The exit code is 1 unless everything runs that `seqrec up` starts.
    """
    from flows.background import api_of
    from flows.environment import prepare_environment
    from flows.probe import probe_servers
    from storage.services import Services
    from storage.settings import Settings

    settings, out = Settings(), console()
    prepare_environment(settings)
    if not Services(settings.services_dir).all():
        out.print(f"Nothing runs for {escape(str(settings.data_root))}; `seqrec up` starts it.")
        raise typer.Exit(1)
    probe_servers(settings)
    complete = show_services(out, settings)
    api = api_of(settings)
    if api is not None:
        show_agenda(out, api)
    raise typer.Exit(0 if complete else 1)


@contextmanager
def starting_services(settings: "Settings", out: Console) -> Iterator[None]:
    """Prepare the environment of services, and keep others from starting or stopping them during the block.

    Raises:
        ConfigError: A server that the environment names does not answer.
        StorageError: The data root can't be written.
    """
    from flows.environment import prepare_background
    from flows.probe import probe_servers

    settings.check_writable()
    prepare_background(settings)
    probe_servers(settings)
    with Display(out), _alone(settings):
        yield


@contextmanager
def _alone(settings: "Settings") -> Iterator[None]:
    from storage.locks import held
    from storage.services import Services

    lock = Services(settings.services_dir).lock
    lock.parent.mkdir(parents=True, exist_ok=True)
    with held(lock, lambda who: announce("services", "waiting", f"for {who}")):
        yield


def show_services(out: Console, settings: "Settings") -> bool:
    """Print what runs and where, and the last lines of what has died; return whether everything runs."""
    import os

    from flows.probe import is_address
    from flows.server import URL
    from seqrec.redact import redact
    from storage.services import Services

    show(out, "data root", str(settings.data_root))
    services = Services(settings.services_dir).all()
    external = {
        "prefect": os.environ.get(URL),
        "mlflow": settings.tracking_uri if is_address(settings.tracking_uri) else None,
    }
    complete = True
    for name in ("prefect", "mlflow", "worker"):
        if external.get(name):
            show(out, f"{name:9}", f"{redact('uri', str(external[name]))}, which you named")
            continue
        service = services.get(name)
        complete &= service is not None and service.runs
        if service is None:
            show(out, f"{name:9}", "not started")
        elif service.runs:
            since = f"process {service.process.split('/')[-2]}, for {_words(service.age_s)}"
            show(out, f"{name:9}", f"{service.url}, {since}")
        elif service.state == "elsewhere":
            show(out, f"{name:9}", f"{service.url}, started on {service.host}")
        else:
            show(out, f"[bold red]{name:9}[/]", f"has ended; `seqrec up` starts it again. The end of {service.log}:")
            for line in service.last_lines(LAST_LINES):
                show(out, " " * 9, line)
    return complete


def show_agenda(out: Console, api: str) -> None:
    """Print the next and the last run of each deployment on the server whose API has this address."""
    from flows.agenda import deployed, pool_of
    from flows.deploying import connected
    from flows.programs import POOL

    with connected(api) as client:
        pool, found = pool_of(client), deployed(client)
    show(out, "pool     ", f"{POOL}, {pool}" if pool is not None else "none")
    for one in found:
        coming = "on request" if one.next_at is None else f"next {one.next_at:%Y-%m-%d %H:%M} UTC"
        show(out, f"{one.name:12}", f"{coming:26} {'no run yet' if one.last is None else one.last}")
        if one.reason is not None:
            show(out, " " * 12, one.reason)


def _words(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
