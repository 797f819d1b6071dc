"""The servers of a team, composed as in `deployments/compose.yaml`, but as plain processes.

Prefect and MLflow stand on PostgreSQL, and two workers share a data root. One worker is killed while it trains; nothing
is lost or done twice.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.benchmark import benchmark
from storage.files import read_comparison
from storage.locks import take
from storage.settings import Settings
from storage.store import Store
from tests.flows.tiny import LABELS, TINY, listing, write_tiny
from tests.postgres import PASSWORD, missing, postgres
from tests.processes import environment, free_port, source_path, until

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]
POOLS = ("cpu", "gpu")
LONG_ENOUGH = TINY.replace("max_epochs = 2", "max_epochs = 60, patience = 60")
"""The tiny experiment with trainings that take seconds, so that they can be interrupted."""


@dataclass(frozen=True)
class Team:
    """The servers, and a worker for each pool."""

    folder: Path
    api: str
    mlflow: str
    workers: dict[str, subprocess.Popen[bytes]]
    deployments: dict[str, str]
    """The id of a deployment of the benchmark, by its pool."""

    @property
    def settings(self) -> Settings:
        return Settings(data_root=self.folder / "var")

    def request(self, pool: str) -> str:
        """Request a run of the tiny experiment, and return its id."""
        parameters = {"experiment": str(self.folder / "tiny.toml")}
        page = f"{self.api}/deployments/{self.deployments[pool]}/create_flow_run"
        return str(httpx.post(page, json={"parameters": parameters}).raise_for_status().json()["id"])

    def state(self, run: str) -> str:
        return str(httpx.get(f"{self.api}/flow_runs/{run}").raise_for_status().json()["state_type"])

    def until_completed(self, run: str) -> None:
        until(lambda: self.state(run) in {"COMPLETED", "FAILED", "CRASHED"}, patience_s=200.0)
        assert self.state(run) == "COMPLETED", self.logs()

    def logs(self) -> str:
        """Return what all programs have said."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Start everything: both servers while the other one starts, then the workers."""
    folder, ports = tmp_path_factory.mktemp("team"), (free_port(), free_port())
    api, mlflow = f"http://127.0.0.1:{ports[0]}/api", f"http://127.0.0.1:{ports[1]}"
    write_tiny(folder, text=LONG_ENOUGH)
    with ExitStack() as stack:
        address = stack.enter_context(postgres("prefect", "mlflow"))
        told = environment(
            PREFECT_HOME=folder / "prefect",
            PREFECT_API_URL=api,
            PREFECT_SERVER_ANALYTICS_ENABLED="false",
            DO_NOT_TRACK="1",
            MLFLOW_DISABLE_TELEMETRY="true",
            PYTHONSAFEPATH="1",
            PYTHONPATH=source_path(),
        )

        def start(name: str, *command: str, **variables: str) -> subprocess.Popen[bytes]:
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            line = [sys.executable, "-m", *command]
            started = subprocess.Popen(line, env=told | variables, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
            stack.callback(kill, started)
            return started

        prefect_server = start(
            "prefect",
            *("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(ports[0])),
            PREFECT_SERVER_DATABASE_CONNECTION_URL=f"postgresql+asyncpg://{address}/prefect",
        )
        mlflow_server = start(
            "mlflow",
            *("mlflow", "server", "--host", "127.0.0.1", "--port", str(ports[1]), "--workers", "1"),
            *("--artifacts-destination", str(folder / "artifacts")),
            MLFLOW_BACKEND_STORE_URI=f"postgresql://{address}/mlflow",
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
        )
        until(lambda: answers(f"{api}/health"), prefect_server, patience_s=300.0)
        deployments = deploy(api)
        until(lambda: answers(f"{mlflow}/health"), mlflow_server, patience_s=300.0)
        workers = {
            pool: start(
                f"worker-{pool}",
                *("prefect", "worker", "start", "--pool", pool, "--type", "process", "--name", pool),
                PREFECT_WORKER_QUERY_SECONDS="1",
                PREFECT_LOGGING_LEVEL="WARNING",
                SEQREC_DATA_ROOT=str(folder / "var"),
                SEQREC_TRACKING_URI=mlflow,
                SEQREC_CHECKPOINT_EVERY_S="0",
            )
            for pool in POOLS
        }
        yield Team(folder, api, mlflow, workers, deployments)


def deploy(api: str) -> dict[str, str]:
    """Deploy the benchmark to each pool, and return the ids of the deployments."""
    with temporary_settings({PREFECT_API_URL: api}), get_client(sync_client=True) as client:
        flow_id = client.create_flow(benchmark)
        made = {}
        for pool in POOLS:
            client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
            made[pool] = str(
                client.create_deployment(
                    flow_id, pool, entrypoint="flows.benchmark.benchmark", work_pool_name=pool, pull_steps=[]
                )
            )
    return made


def answers(page: str) -> bool:
    try:
        return httpx.get(page, timeout=5.0).is_success
    except httpx.HTTPError:
        return False


def family(pid: int) -> list[psutil.Process]:
    """Return a process and its descendants."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def kill(program: subprocess.Popen[bytes]) -> None:
    """Kill a program with all its descendants, if it runs."""
    if program.poll() is None:
        for process in family(program.pid):
            process.kill()
        program.wait()


def trainer(team: Team) -> str | None:
    """Return the pool whose worker trains a network that has a checkpoint already; None if none does."""
    if not any(team.settings.work_dir.glob("*/[0-9]*")):
        return None
    try:
        held = re.match(r"process (\d+) ", (team.settings.work_dir / "slots" / "0.lock").read_text())
        pid = int(held[1]) if held else 0
        return next((pool for pool, one in team.workers.items() if pid in {p.pid for p in family(one.pid)}), None)
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def test_one_of_two_workers_is_killed_and_nothing_is_lost_or_done_twice(
    team: Team, prefect_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The slot is held until both have started, so that none of them finishes before the other one.
    slot = take(team.settings.work_dir / "slots" / "0.lock")
    assert slot is not None
    try:
        runs = {pool: team.request(pool) for pool in POOLS}
        until(lambda: all(team.state(run) == "RUNNING" for run in runs.values()), patience_s=200.0)
    finally:
        slot.release()
    training: list[str] = []

    def has_come() -> bool:
        training.extend(filter(None, [trainer(team)]))
        return bool(training)

    until(has_come, patience_s=200.0)
    (killed,) = training
    (left,) = set(POOLS) - {killed}
    kill(team.workers[killed])
    done = listing(team.settings.store_dir)
    assert {path.partition("/")[0] for path in done} >= {"dump", "split", "audit"}
    team.until_completed(runs[left])
    assert team.state(runs[killed]) == "RUNNING"

    # The table is that of an undisturbed run without servers.
    store = Store(team.settings.store_dir)
    (found,) = store.artifacts("comparison")
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / "undisturbed"))
    undisturbed = benchmark(str(team.folder / "tiny.toml"))
    assert cells_of(found.path) == cells_of(Path(undisturbed.comparison.uri))
    now = listing(team.settings.store_dir)
    assert {path: now.get(path) for path in done} == done
    assert len(list(store.artifacts("model"))) == len(LABELS) + 1

    # The next run makes nothing, and reports the dead one.
    again = team.request(left)
    team.until_completed(again)
    assert listing(team.settings.store_dir) == now | {
        path: time_ns for path, time_ns in listing(team.settings.store_dir).items() if path.startswith("report/")
    }
    assert team.state(runs[killed]) == "CRASHED"


def test_mlflow_has_every_run_closed_and_its_files_behind_the_server(team: Team) -> None:
    found = post(f"{team.mlflow}/api/2.0/mlflow/experiments/search", {"max_results": 10})["experiments"]
    ids = [one["experiment_id"] for one in found]
    runs = post(f"{team.mlflow}/api/2.0/mlflow/runs/search", {"experiment_ids": ids, "max_results": 100})["runs"]
    assert {run["info"]["status"] for run in runs} <= {"FINISHED", "KILLED"}
    assert all(run["info"]["artifact_uri"].startswith("mlflow-artifacts:/") for run in runs)
    assert any((team.folder / "artifacts").rglob("report.html"))


def test_nobody_says_the_password(team: Team) -> None:
    assert PASSWORD not in team.logs()
    for program in psutil.Process().children(recursive=True):
        # A program may end while it is looked at.
        with suppress(psutil.NoSuchProcess):
            assert PASSWORD not in " ".join(program.cmdline())


def cells_of(comparison: Path) -> dict[str, object]:
    """Return the numbers of a table, by model."""
    return {row.label: row.cells for row in read_comparison(comparison).table.rows}


def post(page: str, body: dict[str, object]) -> Any:
    return httpx.post(page, json=body).raise_for_status().json()
