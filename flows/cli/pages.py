"""The pages of Prefect and MLflow, served from the data root."""

import os
import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.display import console, show
from seqrec.errors import ConfigError


def pages(
    prefect_port: Annotated[int, typer.Option(help="Port of Prefect.")] = 4200,
    mlflow_port: Annotated[int, typer.Option(help="Port of MLflow.")] = 5000,
) -> None:
    """Serve the pages of Prefect and MLflow.

    They are served on this machine until you interrupt the command.
    """
    from flows.environment import prepare_environment
    from seqrec.redact import redact
    from storage.pages import noted_as_served
    from storage.settings import Settings

    settings = Settings()
    settings.check_exists()
    settings.check_writable()
    _check_free(prefect_port, "--prefect-port")
    prepare_environment(settings)
    os.environ.setdefault("PREFECT_UI_API_URL", f"http://127.0.0.1:{prefect_port}/api")
    commands = {f"http://127.0.0.1:{prefect_port}": ["prefect", "server", "start", "--port", str(prefect_port)]}
    out = console()
    show(out, "data root", str(settings.data_root))
    if settings.tracking_uri.startswith(("http://", "https://")):
        show(out, "mlflow  ", redact("uri", settings.tracking_uri))
    else:
        _check_free(mlflow_port, "--mlflow-port")
        # The address of a database may contain a password, and everybody on the machine can see arguments.
        os.environ["MLFLOW_BACKEND_STORE_URI"] = settings.tracking_uri
        os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
        options = ["--port", str(mlflow_port), "--workers", "1", "--artifacts-destination", str(settings.mlflow_dir)]
        commands[f"http://127.0.0.1:{mlflow_port}"] = ["mlflow", "server", *options]
    servers = [_start(command) for command in commands.values()]
    for url, command in commands.items():
        show(out, f"{command[0]:8}", url)
    out.print("Interrupt (Ctrl-C) to stop.")
    mlflow = f"http://127.0.0.1:{mlflow_port}"
    with noted_as_served(settings.mlflow_dir, mlflow) if mlflow in commands else nullcontext():
        try:
            for server in servers:
                server.wait()
        except KeyboardInterrupt:
            for server in servers:
                server.terminate()


def _check_free(port: int, option: str) -> None:
    """Check that no other program answers at a port, whose pages would be mistaken for ours."""
    with socket.socket() as probe:
        # The port of a server that has just ended is free, though the system still keeps its connections.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(
                f"port {port}",
                got=(error.strerror or str(error)).lower(),
                expected="a port that no other program uses",
                remedy=f"Stop the other program, or choose another port with {option}.",
            ) from error


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a program from the environment of this process, no matter what PATH says."""
    program = Path(sys.executable).with_name(command[0])
    # The command is ours, with ports and paths from the settings.
    return subprocess.Popen([program, *command[1:]], stdout=subprocess.DEVNULL)  # noqa: S603
