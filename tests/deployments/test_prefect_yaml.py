"""The deployment file, as it is written; `tests/flows/test_up.py` deploys it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule
from prefect.flows import load_flow_from_entrypoint

from flows.experiments import experiment_of, find_dataset

FILE = Path(__file__).resolve().parents[2] / "deployments" / "prefect.yaml"


@pytest.fixture(scope="module")
def deployments() -> list[dict[str, Any]]:
    """Return the deployments of the file."""
    text = FILE.read_text(encoding="utf-8")
    for name, value in {"EXPERIMENT": "beauty-temporal", "DATA": "/data", "POOL": "cpu", "GPU_POOL": "gpu"}.items():
        text = text.replace(f"{{{{ ${name} }}}}", value)
    found: list[dict[str, Any]] = yaml.safe_load(text)["deployments"]
    return found


def test_every_entrypoint_is_a_module_path_of_a_flow_that_takes_the_parameters(
    deployments: list[dict[str, Any]],
) -> None:
    assert [one["name"] for one in deployments] == ["nightly", "weekly-full", "ingest", "promote", "tune", "score"]
    for deployment in deployments:
        assert ":" not in deployment["entrypoint"]
        flow = load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
        parameters = flow.validate_parameters(deployment["parameters"])
        if "dataset" in parameters:
            assert find_dataset(parameters["dataset"]) == experiment_of(parameters["dataset"]).dataset
        else:
            assert experiment_of(parameters["experiment"]).name == deployment["parameters"]["experiment"]


def test_schedules_can_be_read(deployments: list[dict[str, Any]]) -> None:
    scheduled = {one["name"]: one["schedules"] for one in deployments if "schedules" in one}
    assert set(scheduled) == {"nightly", "weekly-full"}
    assert all(CronSchedule(**schedule).timezone for schedules in scheduled.values() for schedule in schedules)


def test_a_wrong_experiment_is_refused_before_anything_is_deployed(deployments: list[dict[str, Any]]) -> None:
    for deployment in deployments:
        named = deployment["parameters"].get("experiment", deployment["parameters"].get("dataset"))
        # Prefect runs these steps first, and this one raises our error for a name that does not exist.
        assert deployment["build"] == [{"flows.experiments.experiment_of": {"experiment": named}}]
