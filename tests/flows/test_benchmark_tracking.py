"""The records of a run in MLflow, read back with its own client."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.pyfunc import load_model

from seqrec.training.memory import REFERENCES
from storage.files import read_comparison, read_metrics
from storage.provenance import git_commit, versions
from storage.registry import Registry
from tests.flows.conftest import Finished
from tests.flows.tiny import LABELS


@dataclass(frozen=True)
class Tracked:
    """One pipeline as recorded in MLflow."""

    client: MlflowClient
    experiments: list[str]
    parent: Run
    children: dict[str, Run]

    def artifact(self, run: Run, path: str) -> Path:
        """Return a file of a run."""
        return Path(run.info.artifact_uri.removeprefix("file://")) / path


@pytest.fixture(scope="module")
def tracked(finished: Finished) -> Tracked:
    client = MlflowClient(tracking_uri=finished.settings.tracking_uri)
    experiments = [one for one in client.search_experiments() if one.name != "Default"]
    runs = client.search_runs([one.experiment_id for one in experiments])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    (parent,) = [run for run in parents if run.data.tags["seqrec.experiment"] == "tiny"]
    ours = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    children = {run.info.run_name: run for run in ours}
    assert len(children) == len(ours)
    return Tracked(client, [one.name for one in experiments], parent, children)


def test_one_experiment_per_dataset_and_protocol(finished: Finished, tracked: Tracked) -> None:
    assert tracked.experiments == [f"demo-200x60-0 temporal {finished.experiment.protocol.digest[:8]}"]


def test_a_child_per_model_and_seed_all_finished(tracked: Tracked) -> None:
    assert set(tracked.children) == {f"{label} seed 0" for label in LABELS} | {"sasrec seed 1"}
    assert {run.info.status for run in [tracked.parent, *tracked.children.values()]} == {"FINISHED"}


def test_the_parent_has_the_summary_and_the_settings(finished: Finished, tracked: Tracked) -> None:
    table = read_comparison(Path(finished.outcome.comparison.uri)).table
    data = tracked.parent.data
    assert data.metrics == {f"test/full/{name}": cell.mean for name, cell in table.rows[0].cells.items()}
    assert all(f"| {label} |" in data.tags["mlflow.note.content"] for label in LABELS)
    assert "seeds and of test cases" in data.params["method"]
    assert data.params["best_model"] == table.rows[0].label
    assert data.params["metrics"] == {1: "seed 0", 2: "means over 2 seeds"}[table.rows[0].n_seeds]
    assert data.params["dataset.n_users"] == "200"
    assert data.params["protocol.core.users"] == "2"
    page = tracked.artifact(tracked.parent, "report.html").read_text(encoding="utf-8")
    assert page == Path(finished.outcome.report.uri).read_text(encoding="utf-8")


def test_the_data_are_named_by_digest(finished: Finished, tracked: Tracked) -> None:
    digest = tracked.parent.data.tags["seqrec.data_digest"]
    for run in (tracked.parent, *tracked.children.values()):
        (given,) = tracked.client.get_run(run.info.run_id).inputs.dataset_inputs
        assert (given.dataset.name, given.dataset.digest) == ("demo-200x60-0", digest)
        assert json.loads(given.dataset.profile)["n_users"] == 200


def test_tags_say_where_a_number_comes_from(finished: Finished, tracked: Tracked) -> None:
    experiment = finished.experiment
    parent, child = tracked.parent.data.tags, tracked.children["sasrec seed 1"].data.tags
    assert (finished.settings.store_dir / "dump" / parent["seqrec.data_digest"]).is_dir()
    assert parent["seqrec.protocol_digest"] == experiment.protocol.digest
    assert parent["seqrec.experiment_digest"] == experiment.digest
    assert child["seqrec.config_digest"] == experiment.models["sasrec"].digest
    assert (child["seqrec.label"], child["seqrec.model"]) == ("sasrec", "sasrec")
    for tags in (parent, child):
        assert tags["seqrec.prefect_run"].startswith("tiny 2")
        assert tags.get("mlflow.source.git.commit") == git_commit()
        assert {name: tags[f"version.{name}"] for name in versions()} == versions()


def test_a_child_has_its_parameters_and_curves(finished: Finished, tracked: Tracked) -> None:
    run = tracked.children["sasrec seed 1"]
    assert (run.data.params["seed"], run.data.params["model.dim"]) == ("1", "8")
    assert run.data.params["model.training.max_epochs"] == "2"
    for name in ("train/loss", "valid/ndcg_at_20", "valid/hr_at_20"):
        points = tracked.client.get_metric_history(run.info.run_id, name)
        assert [point.step for point in points] == [1, 2], name


def test_a_child_has_every_test_metric(finished: Finished, tracked: Tracked) -> None:
    for run in tracked.children.values():
        logged = {name: value for name, value in run.data.metrics.items() if name.startswith("test/")}
        metrics = read_metrics(tracked.artifact(run, "evaluation"))
        assert logged == {f"test/full/{name}": value for name, value in metrics.items()}
    assert "test/full/ndcg_at_20" in logged


def test_networks_have_their_memory_as_it_was_expected_beside_what_it_was(tracked: Tracked) -> None:
    expected = {"usage/training_expected_bytes", "usage/evaluation_expected_bytes"}
    peaks = {"usage/training_peak_bytes", "usage/evaluation_peak_bytes"} if REFERENCES.exists() else set()
    for name, run in tracked.children.items():
        logged = {metric for metric in run.data.metrics if metric.startswith("usage/")}
        assert logged == (expected | peaks if name.startswith("sasrec") else set()), name
    metrics = tracked.children["sasrec seed 0"].data.metrics
    assert 0 < metrics["usage/evaluation_expected_bytes"] < metrics["usage/training_expected_bytes"]


def test_a_child_has_its_model_which_answers_and_has_its_metrics(finished: Finished, tracked: Tracked) -> None:
    (experiment,) = [one for one in tracked.client.search_experiments() if one.name != "Default"]
    models = {one.name: one for one in tracked.client.search_logged_models([experiment.experiment_id])}
    assert set(models) == {name.replace(" seed ", "-") for name in tracked.children}
    for name, run in tracked.children.items():
        model = models[name.replace(" seed ", "-")]
        assert (model.status, model.source_run_id) == ("READY", run.info.run_id)
        # A run that is resumed finds what it has logged before.
        registry = Registry(finished.settings.tracking_uri, finished.settings.mlflow_dir)
        assert registry.logged_by(experiment.name, run.info.run_id) == model.model_id
        logged = {metric.key: metric.value for metric in model.metrics}
        assert logged == {key: value for key, value in run.data.metrics.items() if key.startswith("test/")}
        assert {metric.dataset_digest for metric in model.metrics} == {run.data.tags["seqrec.data_digest"]}
    better = tracked.client.search_logged_models(
        [experiment.experiment_id], order_by=[{"field_name": "metrics.test/full/ndcg_at_20", "ascending": False}]
    )
    table = read_comparison(Path(finished.outcome.comparison.uri)).table
    assert better[0].name.rpartition("-")[0] == table.rows[0].label
    served = load_model(models["sasrec-1"].artifact_location)
    answer = served.predict(pd.DataFrame({"history": [["P0001", "P0002"]]}), {"k": 3})
    assert len(answer["item_ids"][0]) == 3
    (config,) = Path(models["sasrec-1"].artifact_location.removeprefix("file://")).rglob("config.json")
    assert json.loads(config.read_text()) == finished.experiment.models["sasrec"].model_dump(mode="json")


def test_a_child_has_its_files(finished: Finished, tracked: Tracked) -> None:
    run = tracked.children["sasrec seed 0"]
    split = pl.read_parquet(tracked.artifact(run, "evaluation/ranks.parquet"))
    top = pl.read_parquet(tracked.artifact(run, "evaluation/top.parquet"))
    assert split.height == split.n_unique("case") == 40
    items = {f"P{item:04d}" for item in range(60)}
    users = {f"u{user:05d}" for user in range(200)}
    for table in (split, top):
        assert set(table["item_id"]) <= items
        assert set(table["user_id"]) <= users
    assert top["rank"].max() == 20
