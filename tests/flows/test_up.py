"""Everything on one machine, as a user starts it: the servers, the worker, the deployments, and the end of it all.

The tests of this file are one story, in their order.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import psutil
import pytest
import yaml

from flows.deploying import FILE
from flows.experiments import shipped_experiments
from storage.process_id import family_of, running
from storage.services import Service, Services
from tests.browser import browser_page, needs_browser
from tests.flows.shop import NEW_ITEMS, orders, shop_named, write_orders
from tests.flows.tiny import write_tiny
from tests.processes import environment, free_port, program, source_path, until

# Everything is started for real, which takes long on a machine that has more to do.
pytestmark = pytest.mark.timeout(600)
NAME = "shop"
BUSY = 503
TITLE = "Shop <script>alert(1)</script>"

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

    def post(self, page: str, body: dict[str, Any] | list[Any]) -> Any:
        """Return what Prefect answers to a request."""
        return self.request("POST", page, json=body).json()

    def request(self, method: str, page: str, **content: Any) -> httpx.Response:
        """Return Prefect's answer, which it refuses while its database is busy."""
        while (answer := httpx.request(method, f"{self.api}/{page}", timeout=30.0, **content)).status_code == BUSY:
            time.sleep(0.5)
        return answer.raise_for_status()

    @property
    def night(self) -> dict[str, object]:
        """The parameters of a night."""
        experiment = write_tiny(self.folder, "shop.toml", shop_named(NAME, TITLE))
        return {"experiment": str(experiment), "data": str(self.folder / "data"), "k": 5}

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the last lists."""
        file = self.folder / "var" / "recommendations" / NAME / "latest" / "manifest.json"
        return dict(json.loads(file.read_text()))

    def nights(self) -> list[dict[str, Any]]:
        """Return the nights that have begun, the last one first."""
        wanted = {
            "flow_runs": {"start_time": {"is_null_": False}},
            "flows": {"name": {"any_": ["nightly"]}},
            "sort": "START_TIME_DESC",
        }
        return list(self.post("flow_runs/filter", wanted))

    def wait_for_night(self, number: int) -> None:
        """Wait until a night has ended well."""

        def ended() -> bool:
            nights = self.nights()
            return len(nights) == number and nights[0]["state_type"] in {"COMPLETED", "FAILED", "CRASHED"}

        try:
            until(ended, patience_s=400.0)
        finally:
            last = (self.nights() or [{}])[0]
            assert last.get("state_type") == "COMPLETED", (last, self.services["worker"].log.read_text())

    def experiment_id(self) -> str:
        """Return the id of the experiment in MLflow."""
        url = f"http://127.0.0.1:{self.mlflow_port}/api/2.0/mlflow/experiments/search"
        (found,) = [
            one["experiment_id"]
            for one in httpx.post(url, json={"max_results": 10}).raise_for_status().json()["experiments"]
            if one["name"] != "Default"
        ]
        return str(found)

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
        PYTHONPATH=source_path(),
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
        named = {"experiment": "beauty-temporal", "dataset": "beauty-temporal", "data": str(machine.folder / "data")}
        parameters |= {name: value for name, value in named.items() if name in parameters}
    deployed = machine.deployed()
    assert {name: one["parameters"] for name, one in deployed.items()} == told
    scheduled = {deployed["nightly"]["id"], deployed["weekly-full"]["id"]}
    until(lambda: {run["deployment_id"] for run in machine.post("flow_runs/filter", {})} == scheduled)
    runs = machine.post("flow_runs/filter", {})
    assert {run["state_type"] for run in runs} == {"SCHEDULED"}
    assert all("T02:00:00" in run["expected_start_time"] for run in runs)


@pytest.mark.parametrize("name", ["nightly", "weekly-full", "ingest", "promote", "tune", "score"])
def test_a_wrong_experiment_is_refused_when_a_run_is_requested(machine: Machine, name: str) -> None:
    request = f"{machine.api}/deployments/{machine.deployed()[name]['id']}/create_flow_run"
    parameter = "dataset" if name == "ingest" else "experiment"
    answer = httpx.post(request, json={"parameters": {parameter: "beauty-temporl"}})
    assert answer.status_code == 409
    assert name == "ingest" or all(known in answer.json()["detail"] for known in shipped_experiments())


def test_a_night_comes_when_it_is_due(machine: Machine) -> None:
    early, _ = orders(machine.folder)
    write_orders(machine.folder / "data", 1, early)
    schedule = {"active": True, "schedule": {"interval": 60.0}, "parameters": machine.night}
    nightly = machine.deployed()["nightly"]["id"]
    (made,) = machine.post(f"deployments/{nightly}/schedules", [schedule])
    until(machine.nights, patience_s=200.0)
    machine.request("DELETE", f"deployments/{nightly}/schedules/{made['id']}")
    machine.wait_for_night(1)
    assert machine.manifest["k"] == 5


def test_the_champion_answers_on_the_command_line_and_over_http(machine: Machine) -> None:
    history = ["P0001", "P0020"]
    code, out = machine.call("seqrec", "recommend", NAME, "--history", ",".join(history), "-k", "4", "--json")
    assert code == 0, out
    own = json.loads(out)
    code, out = machine.call("seqrec", "export", NAME, "--model", "llm_seq_sim", "--output", "exported")
    assert code == 0, out
    port = free_port()
    # MLflow starts its web server by name, as in a shell in which the environment is active.
    told = machine.environment | {
        "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{machine.mlflow_port}",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    options = ("-m", f"models:/{NAME}@champion", "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port))
    with subprocess.Popen([program("mlflow"), "models", "serve", *options], cwd=machine.folder, env=told) as served:
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/ping"), patience_s=180.0)
            asked = {"dataframe_records": [{"history": history}], "params": {"k": 4}}
            answer = httpx.post(f"http://127.0.0.1:{port}/invocations", json=asked, timeout=60.0).raise_for_status()
        finally:
            for process in [*psutil.Process(served.pid).children(recursive=True), served]:
                process.terminate()
    (over_http,) = answer.json()["predictions"]
    assert over_http["item_ids"] == own["item_ids"]
    assert over_http["titles"] == own["titles"]
    assert over_http["scores"] == pytest.approx(own["scores"])


def test_the_second_night_has_new_items(machine: Machine) -> None:
    _, late = orders(machine.folder)
    write_orders(machine.folder / "data", 2, late)
    nightly = machine.deployed()["nightly"]["id"]
    machine.post(f"deployments/{nightly}/create_flow_run", {"parameters": machine.night})
    machine.wait_for_night(2)
    lists = pl.read_parquet(machine.folder / "var" / "recommendations" / NAME / "latest" / "part-*.parquet")
    assert lists["item_id"].is_in(NEW_ITEMS).any()


@needs_browser
def test_all_pages_show_it(machine: Machine) -> None:
    reports = machine.folder / "var" / "reports" / NAME
    mlflow = f"http://127.0.0.1:{machine.mlflow_port}"
    (night, *_) = machine.nights()
    with browser_page() as (page, errors):
        for file, drawn in (("report.html", "#chart-forest"), ("nights.html", "#chart-realised")):
            page.goto((reports / file).as_uri())
            page.wait_for_function("Bokeh.documents.length > 0 && Bokeh.documents.every(one => one.is_idle)")
            assert page.locator(f"{drawn} canvas").count() > 0
            assert TITLE in page.locator("body").inner_text() or file == "nights.html"
        assert errors == []
        page.goto(f"http://127.0.0.1:{machine.prefect_port}/runs/flow-run/{night['id']}")
        page.get_by_text(night["name"]).first.wait_for()
        page.goto(f"{mlflow}/#/experiments/{machine.experiment_id()}/runs")
        # The models of a run are folded below it.
        page.get_by_text(re.compile(f"^{NAME} 20")).first.wait_for()
        assert "alert(1)" not in " ".join(errors)


def test_status_tells_it_and_a_second_up_changes_nothing(machine: Machine) -> None:
    code, out = machine.call("seqrec", "status")
    assert code == 0, out
    assert f"night {NAME}" in out
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


def answers(page: str) -> bool:
    """Return whether a server answers."""
    try:
        return httpx.get(page).is_success
    except httpx.HTTPError:
        return False


def environment_of(process: psutil.Process) -> str:
    """Return the values of the environment of a process."""
    try:
        return " ".join(process.environ().values())
    except psutil.Error:
        return ""
