"""The pages of Prefect and MLflow, served from the data root."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.display import console
from flows.environment import prepare_environment
from storage.settings import Settings


def pages(
    prefect_port: Annotated[int, typer.Option(help="Port of Prefect's page.")] = 4200,
    mlflow_port: Annotated[int, typer.Option(help="Port of MLflow's page.")] = 5000,
) -> None:
    """Serve the pages of Prefect and MLflow on this machine until interrupted."""
    settings = Settings()
    settings.check_writable()
    prepare_environment(settings)
    os.environ.setdefault("PREFECT_UI_API_URL", f"http://127.0.0.1:{prefect_port}/api")
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    commands = [
        [_beside("prefect"), "server", "start", "--port", str(prefect_port)],
        [_beside("mlflow"), "server", "--backend-store-uri", settings.tracking_uri, "--port", str(mlflow_port),
         "--artifacts-destination", str(settings.mlflow_dir), "--workers", "1"],
    ]  # fmt: skip
    # Both commands are ours, with ports and paths of the settings.
    servers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]  # noqa: S603
    out = console()
    out.print(f"Prefect  http://127.0.0.1:{prefect_port}")
    out.print(f"MLflow   http://127.0.0.1:{mlflow_port}")
    out.print("Interrupt (Ctrl-C) to stop both.")
    try:
        for server in servers:
            server.wait()
    except KeyboardInterrupt:
        for server in servers:
            server.terminate()


def _beside(program: str) -> str:
    """A program of the environment that we run in, whatever the search path says."""
    return str(Path(sys.executable).with_name(program))
