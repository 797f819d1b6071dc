"""Everything on one machine, as a user starts it: the servers, the worker, the deployments, and the end of it all.

The tests of this file are one story, in their order.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from flows.deploying import FILE
from flows.experiments import shipped_experiments
from storage.process_id import family_of, running
from storage.services import Service, Services
from tests.flows.tiny import SMALL, write_tiny
from tests.processes import environment, free_port, program, until

# Everything is started for real, which takes long on a machine that has more to do.
pytestmark = pytest.mark.timeout(600)

WEBHOOK = "http://127.0.0.1:9/T0P-secret"


@dataclass(frozen=True)
class Machine:
    """A folder in which everything was started."""

    folder: Path
    environment: dict[str, str]
    prefect_port: int
    mlflow_port: int
    out: str
    """What `seqrec up` said."""

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}/api"

    @property
    def services(self) -> dict[str, Service]:
        return Services(self.folder / "var" / "services").all()

    def call(self, *command: str) -> tuple[int, str]:
        """Run a command in the folder, and return its exit code and its output."""
        return call(self.folder, self.environment, *command)

    def post(self, page: str, body: dict[str, object]) -> Any:
        """Return what Prefect answers to a request."""
        return httpx.post(f"{self.api}/{page}", json=body, timeout=30.0).raise_for_status().json()

    def deployed(self) -> dict[str, dict[str, Any]]:
        """Return all deployments by name."""
        return {one["name"]: one for one in self.post("deployments/filter", {})}


def call(folder: Path, told: dict[str, str], *command: str) -> tuple[int, str]:
    """Run a command, and return its exit code and its output."""
    line = [program(command[0]), *command[1:]]
    done = subprocess.run(line, cwd=folder, env=told, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Start everything in a folder with modules of treacherous names, behind a proxy that does not answer."""
    folder, ports = tmp_path_factory.mktemp("machine"), (free_port(), free_port())
    for name in ("uvicorn", "prefect", "json", "flows"):
        (folder / f"{name}.py").write_text(f"open({str(folder / 'executed')!r}, 'a').close()\n")
    told = environment(
        SEQREC_DATA_ROOT="var",
        SEQREC_WEBHOOK=WEBHOOK,
        PREFECT_WORKER_QUERY_SECONDS="1",
        PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS="1",
        http_proxy="http://127.0.0.1:9",
        PYTHONPATH=os.pathsep.join(path for path in sys.path if (Path(path) / "flows").is_dir()),
    )
    assert call(folder, told, "seqrec", "down") == (0, "Nothing runs.\n")
    assert call(folder, told, "seqrec", "status")[0] == 1
    options = ("--prefect-port", str(ports[0]), "--mlflow-port", str(ports[1]))
    try:
        code, out = call(folder, told, "seqrec", "up", *options)
        assert code == 0, out
        yield Machine(folder, told, *ports, out)
    finally:
        call(folder, told, "seqrec", "down")


def test_it_says_where_everything_is_and_what_comes_next(machine: Machine) -> None:
    assert f"http://127.0.0.1:{machine.prefect_port}, process" in machine.out
    assert f"http://127.0.0.1:{machine.mlflow_port}, process" in machine.out
    assert "nightly      next " in machine.out
    assert httpx.get(f"http://127.0.0.1:{machine.mlflow_port}/health").is_success
    assert set(machine.services) == {"prefect", "mlflow", "worker"}


def test_what_is_deployed_is_the_file_and_is_scheduled(machine: Machine) -> None:
    told = {one["name"]: one["parameters"] for one in yaml.safe_load(FILE.read_text())["deployments"]}
    for parameters in told.values():
        if "data" in parameters:
            parameters["data"] = str(machine.folder / "data")
    deployed = machine.deployed()
    assert {name: one["parameters"] for name, one in deployed.items()} == told
    scheduled = {deployed["nightly"]["id"], deployed["weekly-full"]["id"]}
    until(lambda: {run["deployment_id"] for run in machine.post("flow_runs/filter", {})} == scheduled)
    runs = machine.post("flow_runs/filter", {})
    assert {run["state_type"] for run in runs} == {"SCHEDULED"}
    assert all("T02:00:00" in run["expected_start_time"] for run in runs)


@pytest.mark.parametrize("name", ["nightly", "weekly-full", "ingest", "promote", "score"])
def test_a_wrong_experiment_is_refused_when_a_run_is_requested(machine: Machine, name: str) -> None:
    request = f"{machine.api}/deployments/{machine.deployed()[name]['id']}/create_flow_run"
    parameter = "dataset" if name == "ingest" else "experiment"
    answer = httpx.post(request, json={"parameters": {parameter: "beauty-temporl"}})
    assert answer.status_code == 409
    assert name == "ingest" or all(known in answer.json()["detail"] for known in shipped_experiments())


def test_the_worker_runs_a_night_on_request(machine: Machine) -> None:
    experiment = write_tiny(machine.folder, "small.toml", SMALL)
    request = {"parameters": {"experiment": str(experiment), "k": 5}}
    wanted = machine.post(f"deployments/{machine.deployed()['nightly']['id']}/create_flow_run", request)

    def state() -> str:
        return str(httpx.get(f"{machine.api}/flow_runs/{wanted['id']}").raise_for_status().json()["state_type"])

    until(lambda: state() in {"COMPLETED", "FAILED", "CRASHED"}, patience_s=300.0)
    assert state() == "COMPLETED", machine.services["worker"].log.read_text()
    (made,) = (machine.folder / "var" / "recommendations" / "small").glob("2*/manifest.json")
    assert '"k": 5' in made.read_text()


def test_status_tells_it_and_a_second_up_changes_nothing(machine: Machine) -> None:
    code, out = machine.call("seqrec", "status")
    assert code == 0, out
    assert "night small" in out
    assert ": Completed, started" in out
    before = machine.services
    code, out = machine.call("seqrec", "up")
    assert (code, "Everything runs already" in out) == (0, True), out
    assert machine.services == before


def test_the_webhook_is_told_and_shown_nowhere(machine: Machine) -> None:
    assert "webhook   told by 4 automations" in machine.out
    names = {one["name"] for one in machine.post("automations/filter", {}) if one["enabled"]}
    assert {"seqrec: a run failed", "seqrec: a dump drifted"} <= names
    logs = [file.read_text() for file in (machine.folder / "var" / "logs").iterdir()]
    environments = [environment_of(process) for one in machine.services.values() for process in family_of(one.process)]
    assert not [text for text in (machine.out, *logs, *environments) if "T0P-secret" in text]


def test_down_leaves_nothing(machine: Machine) -> None:
    families = [process for service in machine.services.values() for process in family_of(service.process)]
    assert len(families) >= 3
    assert machine.call("seqrec", "down") == (0, "stopped  mlflow, prefect, worker\n")
    assert running(families) == []
    root = str(machine.folder / "var")
    assert [one.pid for one in psutil.process_iter() if root in environment_of(one)] == []
    assert machine.services == {}
    assert not (machine.folder / "executed").exists()


def environment_of(process: psutil.Process) -> str:
    """Return the values of the environment of a process."""
    try:
        return " ".join(process.environ().values())
    except psutil.Error:
        return ""
