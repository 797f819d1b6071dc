"""Deploying: the work pools and everything in `deployments/prefect.yaml`, by Prefect's own command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.programs import POOL
from flows.server import URL
from seqrec.errors import StorageError
from seqrec.redact import redact_text
from storage.settings import Settings

FILE: Final = Path(str(files("deployments"))) / "prefect.yaml"
LAST_LINES: Final = 6


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


def deploy(settings: Settings, api: str, pool: str = POOL, gpu_pool: str = POOL) -> None:
    """Deploy everything in the file; relative folders in it start from the working folder.

    Args:
        settings: The data root.
        api: Address of the API of a Prefect server.
        pool: Work pool of what does not train.
        gpu_pool: Work pool of what trains.

    Raises:
        StorageError: Prefect refuses it.
    """
    command = [sys.executable, "-P", "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(FILE)]
    told = {URL: api, "PWD": str(Path.cwd()), "POOL": pool, "GPU_POOL": gpu_pool} | settings.variables
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
