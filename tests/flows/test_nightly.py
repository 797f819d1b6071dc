"""A whole night in one flow run: its steps in order, what it publishes, and that a champion may stay."""

from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey, FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort

from flows.ingestion import ingestion
from flows.nightly import nightly
from seqrec.errors import ConfigError
from storage.files import read_json
from storage.recommendations import MANIFEST, Recommendations
from storage.settings import Settings
from tests.flows.tiny import SMALL, write_tiny

NAME = "one_night"


def runs() -> list[FlowRun]:
    """Return all runs of the experiment, in the order of their starts."""
    tagged = FlowRunFilter(tags=FlowRunFilterTags(all_=[NAME]))
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(flow_run_filter=tagged, sort=FlowRunSort.START_TIME_ASC)


def artifact(key: str) -> str:
    """Return the only artifact with a key."""
    with get_client(sync_client=True) as client:
        (found,) = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
    return str(found.data)


def test_two_nights(prefect_server: None, tmp_path: Path) -> None:
    file = str(write_tiny(tmp_path, text=SMALL.replace("small", NAME)))
    first = nightly(file, k=3)
    assert first.decision == "PROMOTE"
    assert [run.name.split()[0] for run in runs()] == ["night", NAME, "promote", "score"]
    assert {run.state_name for run in runs()} == {"Completed"}
    verdict = artifact("one-night-verdict")
    assert verdict.startswith(f"# PROMOTE {first.challenger}")
    assert "There is no champion yet." in verdict
    assert "version 1" in verdict
    assert '"what": "n_users", "value": "200"' in artifact("one-night-recommendations")
    assert read_json(Recommendations(Settings().recommendations_dir, NAME).latest / MANIFEST)["k"] == 3

    second = nightly(file, k=3, minimum_effect=0.5)
    assert second.decision == "HOLD"
    assert {run.state_name for run in runs()} == {"Completed"}
    assert len(runs()) == 8


def test_an_unknown_experiment_is_refused(prefect_server: None) -> None:
    with pytest.raises(ConfigError, match="beauty-temporal"):
        nightly("beauty-tempral")
    with pytest.raises(ConfigError):
        ingestion("beauty-tempral", Path())
