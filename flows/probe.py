"""A first question to each server that the environment names, before any work is done that it would have to record."""

import os
from typing import Final

import httpx

from flows.server import URL
from seqrec.errors import ConfigError
from seqrec.redact import redact
from storage.remote_store import remote_store
from storage.settings import Settings

TIMEOUT_S: Final = 4.0


def probe_servers(settings: Settings) -> None:
    """Ask the servers of Prefect and MLflow and the remote store, if there are any, whether they answer.

    Raises:
        ConfigError: One does not.
    """
    prefect = os.environ.get(URL)
    if prefect:
        _probe(URL, prefect, "Prefect", f"{prefect.rstrip('/')}/health")
    probe_tracking(settings)
    probe_remote_store(settings)


def probe_remote_store(settings: Settings) -> None:
    """Write and read a small object in the remote store, if there is one, once for each process.

    Raises:
        ConfigError: The store can't be used.
    """
    remote = remote_store(settings.remote_store)
    if remote is not None:
        remote.check()


def probe_tracking(settings: Settings) -> None:
    """Ask the server of MLflow, if there is one, whether it answers.

    Raises:
        ConfigError: It does not.
    """
    mlflow = settings.tracking_uri
    if is_address(mlflow):
        _probe("SEQREC_TRACKING_URI", mlflow, "MLflow", f"{mlflow.rstrip('/')}/health")


def is_address(uri: str) -> bool:
    """Return whether this is the address of a server, and not of a database."""
    return uri.startswith(("http://", "https://"))


def _probe(variable: str, address: str, program: str, page: str) -> None:
    try:
        # A refusal, such as of our credentials, is an answer, which the program's own client explains.
        httpx.get(page, timeout=TIMEOUT_S, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = str(error) or type(error).__name__
        raise ConfigError(
            variable,
            got=f"{redact('uri', address)}, which does not answer: {redact('got', said)}",
            expected=f"the address of a {program} server that answers within {TIMEOUT_S:.0f} seconds",
            remedy=f"Start the server, correct {variable}, or unset it.",
        ) from error
