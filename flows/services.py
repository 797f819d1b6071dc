"""Programs that are started in the background, and stopped again: only those, and never by their name."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import httpx
import psutil

from flows.programs import Program
from seqrec import stop as stopping
from seqrec.errors import ConfigError, StorageError
from storage.atomic_write import writing
from storage.process_id import family_of, identity_of, running
from storage.services import Service, Services
from storage.settings import Settings
from tasks.progress import announce

PATIENCE_S: Final = 120.0
POLL_S: Final = 0.1
STOP_S: Final = 30.0
"""Seconds for an orderly end, in which trainings save their checkpoints; what is left then is killed."""
LAST_LINES: Final = 6


def ensure(settings: Settings, programs: Sequence[Program]) -> list[Service]:
    """Start those programs that do not run yet, wait until they answer, and return what was started.

    Raises:
        ConfigError: A port is taken.
        StorageError: A program ended instead, takes too long, or runs on another host.
    """
    services = Services(settings.services_dir)
    known = services.all()
    for service in known.values():
        if service.state == "elsewhere":
            raise _elsewhere(service)
    missing = [program for program in programs if program.name not in known or not known[program.name].runs]
    for program in missing:
        if program.name in known:
            # A child of a process that was killed may still hold the port.
            _end(family_of(known[program.name].process), STOP_S)
        _check_free(program)
    started = [_start(settings, services, program) for program in missing]
    for program, service in zip(missing, started, strict=True):
        _wait(program, service)
    return started


def stop(settings: Settings, stopped: Iterable[Service], patience_s: float = STOP_S) -> int:
    """Stop services, and forget them; return how many processes had to be killed.

    A worker comes first, so that its runs can still report how they end.

    Raises:
        StorageError: One runs on another host.
    """
    services, n_killed = Services(settings.services_dir), 0
    for service in sorted(stopped, key=lambda one: one.name != "worker"):
        if service.state == "elsewhere":
            raise _elsewhere(service)
        announce(f"stop {service.name}", "running", "waiting for its end")
        # The runs of a worker end before it, so that it can still report them.
        n_killed += _end(family_of(service.process)[1:], patience_s)
        n_killed += _end(family_of(service.process), patience_s)
        services.remove(service.name)
        announce(f"stop {service.name}", "over", "")
    return n_killed


def died(service: Service) -> StorageError:
    """Return the error that tells of a service that has ended, with the end of its log."""
    last = "\n".join(service.last_lines(LAST_LINES))
    return StorageError(
        f"the service {service.name}",
        got=f"it has ended{': ' if last else ', and left nothing in its log'}{last}",
        expected="a program that runs until `seqrec down`",
        remedy=f"See {service.log}, and start what is missing with `seqrec up`.",
    )


def _check_free(program: Program) -> None:
    """Check that no other program answers at a port, whose pages would be mistaken for ours."""
    if program.port is None:
        return
    with socket.socket() as probe:
        # The port of a server that has just ended is free, though the system still keeps its connections.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", program.port))
        except OSError as error:
            raise ConfigError(
                f"port {program.port}",
                got=(error.strerror or str(error)).lower(),
                expected="a port that no other program uses",
                remedy=f"Stop the other program, or choose another port with --{program.name}-port.",
            ) from error


def _start(settings: Settings, services: Services, program: Program) -> Service:
    log = settings.logs_dir / f"{program.name}.log"
    with writing(settings.data_root):
        settings.logs_dir.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            # `-P` keeps the working folder off the import path. A session of its own keeps it from the signals and the
            # end of the terminal.
            process = subprocess.Popen(  # noqa: S603 - our own programs, with ports and paths from the settings
                [sys.executable, "-P", "-m", *program.arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=settings.data_root,
                # With these, a program works for this data root from any folder.
                env=_without_secrets(os.environ)
                | {**program.environment, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
                | settings.variables,
                start_new_session=True,
            )
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    service = Service(program.name, identity_of(process.pid), program.url, started_at, log)
    services.add(service)
    # Nobody waits for it: it outlives this process.
    process.returncode = 0
    return service


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the webhook, which Prefect's server keeps encrypted and no run needs."""
    return {name: value for name, value in environment.items() if name != "SEQREC_WEBHOOK"}


def _wait(program: Program, service: Service) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while program.health is not None and not _answers(program.health):
        announce(f"start {program.name}", "running", f"waiting for {program.url}")
        if not service.runs:
            raise died(service)
        if time.monotonic() > deadline:
            raise StorageError(
                f"the service {program.name}",
                got=f"no answer at {program.url} within {PATIENCE_S:.0f} seconds",
                expected="a server that answers",
                remedy=f"See {service.log}; `seqrec down` stops it.",
            )
        stopping.pause(POLL_S)
    announce(f"start {program.name}", "over", "")


def _answers(page: str) -> bool:
    try:
        return httpx.get(page, timeout=5.0).is_success
    except httpx.HTTPError:
        return False


def _end(family: list[psutil.Process], patience_s: float) -> int:
    for process in family:
        _signal(process, kill=False)
    left = _left_after(patience_s, family)
    for process in left:
        _signal(process, kill=True)
    _left_after(patience_s, left)
    return len(left)


def _left_after(patience_s: float, family: list[psutil.Process]) -> list[psutil.Process]:
    deadline = time.monotonic() + patience_s
    while (left := running(family)) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return left


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return


def _elsewhere(service: Service) -> StorageError:
    return StorageError(
        f"the service {service.name}",
        got=f"it was started on {service.host}",
        expected=f"services of this host, {socket.gethostname()}",
        remedy=f"Run `seqrec down` there, or remove the folder `services` of the data root if {service.host} is gone.",
    )
