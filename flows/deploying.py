"""Deploying: the work pools and everything in `deployments/prefect.yaml`, by Prefect's own command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.experiments import find_experiment
from flows.programs import POOL
from flows.server import URL
from seqrec.errors import StorageError
from seqrec.experiment_file import load_experiment
from seqrec.json_value import Value
from seqrec.redact import redact_text
from storage.files.json_file import read_record, write_json
from storage.settings import Settings

FILE: Final = Path(str(files("deployments"))) / "prefect.yaml"
LAST_LINES: Final = 6
DEFAULT: Final = "beauty-temporal"
TARGET: Final = "target.json"
"""File with what was deployed last."""


@contextmanager
def connected(api: str) -> Iterator[SyncPrefectClient]:
    """Yield a client of the server whose API has this address."""
    with temporary_settings({PREFECT_API_URL: api}), get_client(sync_client=True) as client:
        yield client


def make_pools(client: SyncPrefectClient, *names: str) -> None:
    """Create the work pools, whose runs are processes, unless they exist."""
    for name in names:
        with suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=name, type="process"))


@dataclass(frozen=True, slots=True)
class Target(Value):
    """What the deployments run."""

    experiment: str
    """File of an experiment, or the name of a shipped one."""
    data: str
    """Folder of its dump."""


def target_of(settings: Settings, experiment: str | None, data: Path | None) -> Target:
    """Return what is deployed: what the caller names, or else what was deployed last, or else Amazon Beauty.

    Raises:
        ConfigError: There is no such experiment, or it is not valid.
        StorageError: The record of the last deployment is damaged.
    """
    record = settings.prefect_dir / TARGET
    last = Target(DEFAULT, str(Path("data").absolute()))
    if record.exists():
        last = read_record(
            record, Target, "the record of what was deployed", "Name the experiment, as in `seqrec up FILE`."
        )
    if experiment is None:
        return last if data is None else Target(last.experiment, str(data.absolute()))
    found = find_experiment(experiment)
    load_experiment(found)
    named = str(found.absolute()) if Path(experiment).is_file() else experiment
    return Target(named, str((data or Path("data")).absolute()))


def deploy(settings: Settings, api: str, target: Target, pool: str = POOL, gpu_pool: str = POOL) -> None:
    """Deploy everything in the file.

    Args:
        settings: The data root.
        api: Address of the API of a Prefect server.
        target: What the deployments run.
        pool: Work pool of what does not train.
        gpu_pool: Work pool of what trains.

    Raises:
        StorageError: Prefect refuses it.
    """
    command = [sys.executable, "-P", "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(FILE)]
    names = {"EXPERIMENT": target.experiment, "DATA": target.data, "POOL": pool, "GPU_POOL": gpu_pool}
    told = {URL: api} | names | settings.variables
    # Prefect imports modules from the folder in which it deploys, so that is an empty one.
    with TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=folder,
            env=os.environ | told,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        last = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()][-LAST_LINES:]
        raise StorageError(
            str(FILE),
            got=redact_text("\n".join(last)),
            expected="deployments that Prefect accepts",
            remedy="Correct what it names, and run `seqrec up` again.",
        )
    write_json(settings.prefect_dir / TARGET, target.to_json())
