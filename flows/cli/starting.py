"""The start of a flow from the command line: the servers are tried, and one is started if none is configured."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.environment import prepare_environment
from flows.probe import probe_servers
from flows.server import start_server
from storage.settings import Settings
from tasks.progress import announce

STEP = "start"


@contextmanager
def starting(settings: Settings) -> Iterator[None]:
    """Start what a flow needs while the block imports it; Prefect reads its environment when it is imported.

    Raises:
        ConfigError: A server does not answer.
        StorageError: The temporary server of Prefect can't be started.
    """
    announce(STEP, "running", "trying the servers")
    prepare_environment(settings)
    probe_servers(settings)
    server = start_server(settings)
    announce(STEP, "running", "loading the libraries")
    yield
    if server is not None:
        announce(STEP, "running", "waiting for the temporary server of Prefect")
        server.wait(lambda note: announce(STEP, "note", note))
        _report_unmarked_runs(settings)
    announce(STEP, "over", "")


def _report_unmarked_runs(settings: Settings) -> None:
    # Prefect reads its environment when it is imported.
    from prefect.client.orchestration import get_client

    from tasks.cleanup import report_unmarked_runs

    with get_client(sync_client=True) as client:
        report_unmarked_runs(settings, client)
