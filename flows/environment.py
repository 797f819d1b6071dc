"""The environment of Prefect and the numeric libraries, set before either is imported."""

import os

from seqrec.network import bypass_loopback, check_certificates, check_proxies
from storage.settings import Settings


def prepare_environment(settings: Settings) -> None:
    """Keep Prefect's state inside the data root, make its output quiet, and turn telemetry off.

    A variable that the user has set is kept, so that the user's own Prefect server or log level is respected. Servers
    on this machine are reached without a proxy.

    Raises:
        ConfigError: A proxy or certificate of the environment can't be used.
    """
    bypass_loopback()
    check_certificates()
    check_proxies()
    defaults = {
        "PREFECT_HOME": str(settings.prefect_dir),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "seqrec",
        # The command line shows progress and errors itself; the pages keep every log line.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        # A task that is called by itself has no page.
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        # A run that was killed is known by its missing heartbeats (`flows/heartbeats.py`).
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
        "TOKENIZERS_PARALLELISM": "false",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def prepare_background(settings: Settings) -> None:
    """Prepare the environment as for a run, but for programs whose logs a person reads afterwards.

    Raises:
        ConfigError: As from `prepare_environment`.
    """
    for name in ("PREFECT_LOGGING_LEVEL", "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"):
        os.environ.setdefault(name, "INFO")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "WARNING")
    prepare_environment(settings)
