"""The deployment file: its flow can be run, and a real Prefect server accepts and schedules it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule
from prefect.flows import load_flow_from_entrypoint

from flows.benchmark import benchmark
from flows.experiments import experiment_of, shipped_experiments
from tests.processes import environment, free_port, program, until

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = REPOSITORY / "deployments" / "prefect.yaml"


@pytest.fixture(scope="module")
def deployments() -> list[dict[str, Any]]:
    """Return the deployments of the file."""
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["deployments"]
    return found


def test_every_entrypoint_is_a_module_path_of_the_flow(deployments: list[dict[str, Any]]) -> None:
    assert deployments
    for deployment in deployments:
        assert ":" not in deployment["entrypoint"]
        assert load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False) is benchmark


def test_parameters_are_the_flow_s_and_name_a_shipped_experiment(deployments: list[dict[str, Any]]) -> None:
    for deployment in deployments:
        parameters = benchmark.validate_parameters(deployment["parameters"])
        assert experiment_of(parameters["experiment"]).name == deployment["parameters"]["experiment"]


def test_schedules_can_be_read(deployments: list[dict[str, Any]]) -> None:
    schedules = [CronSchedule(**schedule) for deployment in deployments for schedule in deployment["schedules"]]
    assert schedules


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start a real server with its own home, and yield the environment of its clients."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/api"
    settings = environment(
        PREFECT_HOME=tmp_path / "prefect",
        PREFECT_API_URL=address,
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        DO_NOT_TRACK="1",
        # The scheduler looks for new deployments this often.
        PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS="1",
    )
    command = [program("prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (
        (tmp_path / "server.log").open("w") as log,
        subprocess.Popen(command, env=settings, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            until(lambda: answers(address), process)
            yield settings
        finally:
            process.terminate()


def deploy(server: dict[str, str], file: Path) -> subprocess.CompletedProcess[str]:
    """Deploy everything in a file of deployments, as its comment says."""
    command = [program("prefect"), "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
    return subprocess.run(command, cwd=REPOSITORY, env=server, capture_output=True, text=True, check=False)


def test_a_server_takes_it_and_schedules_runs(
    server: dict[str, str], deployments: list[dict[str, Any]], tmp_path: Path
) -> None:
    address = server["PREFECT_API_URL"]
    pools = {deployment["work_pool"]["name"] for deployment in deployments}
    for pool in pools:
        httpx.post(f"{address}/work_pools/", json={"name": pool, "type": "process"}).raise_for_status()
    wrong = tmp_path / "prefect.yaml"
    wrong.write_text(FILE.read_text(encoding="utf-8").replace("beauty-temporal", "beauty-temporl"), encoding="utf-8")
    refused = deploy(server, wrong)
    assert refused.returncode != 0
    told = " ".join((refused.stdout + refused.stderr).split())
    assert "experiment 'beauty-temporl': got neither a file nor the name of a shipped experiment" in told
    assert "Did you mean 'beauty-temporal'?" in told
    assert httpx.post(f"{address}/deployments/filter", json={}).json() == []

    done = deploy(server, FILE.relative_to(REPOSITORY))
    assert done.returncode == 0, done.stdout + done.stderr
    deployed = httpx.post(f"{address}/deployments/filter", json={}).raise_for_status().json()
    assert {one["name"]: one["parameters"] for one in deployed} == {
        one["name"]: one["parameters"] for one in deployments
    }
    until(lambda: len(runs_of(address)) >= len(deployments))
    runs = runs_of(address)
    assert {run["deployment_id"] for run in runs} == {one["id"] for one in deployed}
    assert {run["state_type"] for run in runs} == {"SCHEDULED"}
    assert all("T02:00:00" in run["expected_start_time"] for run in runs)

    request = f"{address}/deployments/{deployed[0]['id']}/create_flow_run"
    answer = httpx.post(request, json={"parameters": {"experiment": "beauty-temporl"}})
    assert answer.status_code == 409
    for name in shipped_experiments():
        assert name in answer.json()["detail"]
    for right in ("demo", "a/file.toml"):
        httpx.post(request, json={"parameters": {"experiment": right}}).raise_for_status()


def runs_of(address: str) -> list[dict[str, Any]]:
    """Return all flow runs of a server."""
    found: list[dict[str, Any]] = httpx.post(f"{address}/flow_runs/filter", json={}).raise_for_status().json()
    return found


def answers(address: str) -> bool:
    """Return whether a server answers."""
    try:
        return httpx.get(f"{address}/health").is_success
    except httpx.TransportError:
        return False
