"""A whole night in one flow run: its steps in order, what it publishes, and that a champion may stay."""

from pathlib import Path

import pytest
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
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


def test_two_nights(prefect_server: None, tmp_path: Path) -> None:
    file = str(write_tiny(tmp_path, text=SMALL.replace("small", NAME)))
    first = nightly(file, k=3)
    assert first.decision == "PROMOTE"
    assert [run.name.split()[0] for run in runs()] == ["night", NAME, "promote", "score"]
    assert {run.state_name for run in runs()} == {"Completed"}
    verdict, lists = Artifact.get("one-night-verdict"), Artifact.get("one-night-recommendations")
    assert verdict is not None
    assert lists is not None
    assert str(verdict.data).startswith(f"# PROMOTE {first.challenger}")
    assert "There is no champion yet." in str(verdict.data)
    assert "version 1" in str(verdict.data)
    assert '"value": "200"' in str(lists.data)
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
