"""Training without a Prefect server: the function of the task on a real store and tracking database."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

from seqrec.errors import TrainingError
from storage.refs import IngredientRefs
from storage.settings import Settings
from tasks.ingest import ingest
from tasks.prepare import prepare
from tasks.resources import open_resources
from tasks.train import train
from tests.flows.tiny import tiny
from tests.tasks.tracked_runs import tracked

DIVERGING = "models.sasrec.training={lr=100.0, weight_decay=1.0, batch_size=4096}"
"""One step per epoch, which multiplies the matrices by 99: the numbers last for some epochs."""


def test_the_way_to_a_failure_is_tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing is logged during training.
    monkeypatch.setenv("SEQREC_CHECKPOINT_EVERY_S", "1000")
    experiment = tiny(tmp_path, DIVERGING)
    split = prepare.fn(ingest.fn(experiment.dataset, tmp_path), experiment.protocol)
    tracker = open_resources().tracker
    parent = tracked(tracker.start_run("tiny", "parent"))
    with pytest.raises(TrainingError):
        train.fn("wild", experiment.models["sasrec"], 0, split.training, IngredientRefs({}), {}, parent)
    client = MlflowClient(Settings().tracking_uri)
    (wild,) = (run for run in client.search_runs(["1"]) if run.info.run_name == "wild seed 0")
    assert wild.info.status == "FAILED"
    for curve in ("train/loss", "valid/ndcg_at_20"):
        points = client.get_metric_history(wild.info.run_id, curve)
        assert [point.step for point in points] == list(range(1, len(points) + 1))
        assert points
