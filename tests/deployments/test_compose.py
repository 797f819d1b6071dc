"""The composition of a team's servers, as it is written; `tests/flows/test_team.py` runs it as plain processes."""

import re
import subprocess
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from storage.settings import Settings
from tests.processes import program

FOLDER = Path(__file__).resolve().parents[2] / "deployments"
TEXT = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
VARIABLE = re.compile(r"\$\{(\w+)(:[?-][^}]*)?\}")
SECRET = re.compile("PASSWORD|SECRET|_KEY|AUTH", re.IGNORECASE)


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HealthCheck(Strict):
    test: list[str] = Field(min_length=2)
    interval: str
    timeout: str
    retries: int
    start_period: str


class Dependency(Strict):
    condition: Literal["service_healthy", "service_completed_successfully"]


class Mounted(Strict):
    source: str
    target: str


class Service(Strict):
    """What a service may say; it has a health check unless it ends by itself."""

    image: str = Field(pattern=r"^[\w./-]+:\d+\.\d+[\w.-]*$")
    build: dict[str, str] = {}
    init: bool = False
    restart: Literal["unless-stopped", "no"]
    command: list[str] = []
    entrypoint: list[str] = []
    depends_on: dict[str, Dependency] = {}
    environment: dict[str, str] = {}
    configs: list[Mounted] = []
    volumes: list[str] = []
    ports: list[str] = []
    healthcheck: HealthCheck | None = None
    stop_grace_period: str = ""
    deploy: dict[str, Any] = {}


def services() -> dict[str, Service]:
    """Return the services, or raise an error if the file has another structure."""
    return {name: Service.model_validate(one) for name, one in yaml.safe_load(TEXT)["services"].items()}


def test_every_service_lasts_and_is_watched_or_ends() -> None:
    found = services()
    assert set(found) == {
        "postgres", "store", "prefect", "mlflow", "bucket", "deploy", "worker-cpu", "worker-gpu",
    }  # fmt: skip
    for name, service in found.items():
        assert (service.healthcheck is None) == (service.restart == "no"), name
        for other, dependency in service.depends_on.items():
            ends = found[other].restart == "no"
            assert (dependency.condition == "service_completed_successfully") == ends, name


def test_nothing_secret_is_written_down() -> None:
    for name, service in services().items():
        for variable, value in service.environment.items():
            if SECRET.search(variable):
                assert VARIABLE.fullmatch(value), f"{name}: {variable}"
            assert not re.search(r"://[^/@]*:[^/@]*@", value), f"{name}: {variable} has a password in its address"
    for line in TEXT.splitlines():
        assert not re.search(r'(accessKey|secretKey)": "(?!\$\{)', line)


def test_every_variable_is_described_and_secrets_have_no_default() -> None:
    described = re.findall(r"^(\w+)=(.*)$", (FOLDER / "env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, _ in VARIABLE.findall(TEXT)} == {name for name, _ in described}
    assert {name for name, value in described if not value} == {
        "POSTGRES_PASSWORD", "PREFECT_AUTH", "S3_ACCESS_KEY", "S3_SECRET_KEY", "OPENAI_API_KEY",
    }  # fmt: skip
    for name, otherwise in VARIABLE.findall(TEXT):
        if SECRET.search(name) and name != "OPENAI_API_KEY":
            assert otherwise.startswith(":?"), name


def test_settings_of_ours_exist() -> None:
    known = Settings.variables_schema()["properties"]
    for service in services().values():
        assert [name for name in service.environment if name.startswith("SEQREC_") and name not in known] == []


@pytest.mark.parametrize("name", ["prefect", "mlflow", "deploy", "worker-cpu", "worker-gpu"])
def test_every_command_exists_and_has_its_options(name: str) -> None:
    command = services()[name].command
    words = [word for word in command if not word.startswith("-")]
    depth = {"seqrec": 2, "mlflow": 2, "prefect": 3}[command[0]]
    done = subprocess.run(
        [program(words[0]), *words[1:depth], "--help"],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    # Colours would stand between the dashes and the name.
    told = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert [word for word in command if word.startswith("--") and word not in told] == []


def test_workers_serve_the_pools_that_are_deployed_to() -> None:
    found = services()
    served = {one.command[one.command.index("--pool") + 1] for name, one in found.items() if name.startswith("worker")}
    assert served == {"cpu", "gpu"}
    assert found["deploy"].command[2:] == ["--pool", "cpu", "--gpu-pool", "gpu"]


def test_the_image_has_the_pinned_versions_and_no_root() -> None:
    lines = (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines()
    (base,) = [line for line in lines if line.startswith("FROM ")]
    assert re.fullmatch(r"FROM python:3\.11\.\d+-slim-bookworm", base)
    installs = [line for line in lines if "pip install" in line]
    assert installs
    assert all("--constraint constraints.txt" in line for line in installs)
    assert "USER seqrec" in lines
    for line in lines:
        if line.startswith("COPY "):
            assert all((FOLDER.parent / source).exists() for source in line.split()[1:-1])
