"""The artifacts of a run on Prefect's pages."""

import json
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
    ArtifactFilterType,
)
from prefect.client.schemas.objects import Artifact

from storage.files import read_comparison
from tests.flows.conftest import Finished
from tests.flows.tiny import LABELS


@pytest.fixture(scope="module")
def artifacts(finished: Finished) -> dict[str, Artifact]:
    # Other tests run experiments of the same name on the same server.
    own_run = ArtifactFilterFlowRunId(any_=[finished.flow_run_id])
    ours = ArtifactFilter(key=ArtifactFilterKey(like_="tiny-%"), flow_run_id=own_run)
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ours)
    return {str(one.key): one for one in found}


def test_there_is_one_for_each_question(artifacts: dict[str, Artifact]) -> None:
    assert set(artifacts) == {
        "tiny-leaderboard",
        "tiny-data",
        "tiny-audit",
        "tiny-configuration",
        "tiny-links",
        "tiny-cost",
    }


def test_the_cost_of_each_model_is_told(finished: Finished, artifacts: dict[str, Artifact]) -> None:
    shown = {row["model"]: row for row in json.loads(str(artifacts["tiny-cost"].data))}
    rows = {row.label: row for row in read_comparison(Path(finished.outcome.comparison.uri)).table.rows}
    assert shown.keys() == rows.keys()
    assert shown["sasrec"]["learnt parameters"] == rows["sasrec"].n_parameters > 0
    assert shown["sasrec"]["training s per seed"] == round(rows["sasrec"].duration_s, 1)
    assert shown["markov"]["kept epoch"] is None


def test_a_training_has_a_progress_bar_which_ends_full(finished: Finished) -> None:
    bars = ArtifactFilter(
        type=ArtifactFilterType(any_=["progress"]), flow_run_id=ArtifactFilterFlowRunId(any_=[finished.flow_run_id])
    )
    with get_client(sync_client=True) as client:
        found = {str(one.description).partition(":")[0]: one for one in client.read_artifacts(artifact_filter=bars)}
    assert found.keys() == {"train sasrec seed 0", "train sasrec seed 1"}
    assert {one.data for one in found.values()} == {100.0}
    assert all("epoch 2, loss" in str(one.description) for one in found.values())


def test_the_leaderboard_is_the_table(finished: Finished, artifacts: dict[str, Artifact]) -> None:
    shown = json.loads(str(artifacts["tiny-leaderboard"].data))
    table = read_comparison(Path(finished.outcome.comparison.uri)).table
    assert [row["model"] for row in shown] == [row.label for row in table.rows]
    assert {row["model"] for row in shown} == LABELS
    assert list(shown[0])[:3] == ["model", "NDCG@20", "interval"]
    assert shown[0]["NDCG@20"] == round(table.rows[0].cells["ndcg_at_20"].mean, 4)
    assert [row[f"verdict against {table.reference}"] for row in shown] == [table.verdict(row) for row in table.rows]
    assert "seeds and of test cases" in str(artifacts["tiny-leaderboard"].description)


def test_data_configuration_and_links(finished: Finished, artifacts: dict[str, Artifact]) -> None:
    counts = {row["what"]: row["value"] for row in json.loads(str(artifacts["tiny-data"].data))}
    assert "200 users" in counts["Kept"]
    assert counts["Test"].startswith("40 cases; prompts of ")
    assert not [value for value in counts.values() if "{" in value]
    configuration = str(artifacts["tiny-configuration"].data)
    fenced = configuration.removeprefix("```json\n").removesuffix("\n```")
    assert json.loads(fenced) == finished.experiment.model_dump(mode="json")
    links = str(artifacts["tiny-links"].data)
    assert finished.outcome.tracking_url is None
    assert f"`SEQREC_DATA_ROOT={finished.settings.data_root} seqrec pages` serves the experiment" in links
    assert finished.outcome.report.uri in links
