"""A model that diverges fails alone: the others are compared, and everything says so."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

from flows.benchmark import IncompleteError, benchmark
from storage.files import read_comparison
from storage.settings import Settings
from tests.flows.conftest import Finished
from tests.flows.tiny import LABELS, TINY, write_tiny
from tests.flows.told import Command

DIVERGING = """
[models.wild]
name = "sasrec"
dim = 8
n_layers = 1
n_heads = 1
max_len = 10
head = { bias = false }
training = { max_epochs = 2, lr = 1e30 }
"""


@pytest.fixture
def wild(tmp_path: Path) -> Path:
    """The tiny experiment with a model whose steps are far too large."""
    text = TINY.replace('name = "tiny"', 'name = "wild"').replace("seeds = [0, 1]", "seeds = [0]")
    return write_tiny(tmp_path, "wild.toml", text + DIVERGING)


def test_the_flow_fails_with_the_outcome_of_the_others(same_root: Finished, wild: Path) -> None:
    with pytest.raises(IncompleteError, match="failed: wild seed 0") as caught:
        benchmark(str(wild))
    outcome = caught.value.outcome
    table = read_comparison(Path(outcome.comparison.uri)).table
    assert {row.label for row in table.rows} == LABELS
    (failure,) = outcome.failures
    assert (failure.label, failure.seed) == ("wild", 0)
    assert "finite" in failure.reason


def test_the_command_tells_it_and_exits_with_1(same_root: Finished, wild: Path, command: Command) -> None:
    told = command("run", wild)
    assert told.code == 1
    (line,) = [line for line in told.out.splitlines() if line.startswith("failed") and "wild seed 0:" in line]
    reason = line.partition("wild seed 0: ")[2]
    assert "finite" in reason
    assert "markov" in told.out
    assert "Traceback" not in told.out + told.err
    page = (same_root.settings.reports_dir / "wild" / "report.html").read_text(encoding="utf-8")
    assert "wild" in page
    assert "finite" in page


def test_mlflow_has_it_as_failed(same_root: Finished, wild: Path) -> None:
    with pytest.raises(IncompleteError):
        benchmark(str(wild))
    client = MlflowClient(tracking_uri=Settings().tracking_uri)
    experiments = [one.experiment_id for one in client.search_experiments()]
    (failed,) = client.search_runs(experiments, "tags.`seqrec.label` = 'wild'")
    assert failed.info.status == "FAILED"
    parent = client.get_run(failed.data.tags["mlflow.parentRunId"])
    assert (parent.info.run_name, parent.info.status) == ("wild", "FAILED")
    siblings = client.search_runs(experiments, f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert {run.info.status for run in siblings if run.info.run_id != failed.info.run_id} == {"FINISHED"}
    assert len(siblings) == len(LABELS) + 1
