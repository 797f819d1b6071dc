"""A diverging model fails alone: the others are compared, and all outputs report the failure."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from mlflow import MlflowClient

from flows.benchmark import IncompleteError, benchmark
from storage.files import read_comparison
from storage.settings import Settings
from tests.flows.command import Command
from tests.flows.conftest import Finished
from tests.flows.tiny import LABELS, TINY, write_tiny

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


@dataclass(frozen=True)
class Incomplete:
    """A run in which one model failed."""

    file: Path
    error: IncompleteError
    settings: Settings


@pytest.fixture(scope="module")
def incomplete(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Incomplete:
    """Run the tiny experiment with a model whose steps are far too large, on the store of the finished run."""
    text = TINY.replace('name = "tiny"', 'name = "wild"').replace("seeds = [0, 1]", "seeds = [0]")
    file = write_tiny(tmp_path_factory.mktemp("wild"), text=text + DIVERGING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQREC_DATA_ROOT", str(finished.settings.data_root))
        with pytest.raises(IncompleteError, match="failed: wild seed 0") as caught:
            benchmark(str(file))
    return Incomplete(file, caught.value, finished.settings)


def test_the_flow_fails_with_the_outcome_of_the_others(incomplete: Incomplete) -> None:
    outcome = incomplete.error.outcome
    table = read_comparison(Path(outcome.comparison.uri)).table
    assert {row.label for row in table.rows} == LABELS
    (failure,) = outcome.failures
    assert (failure.label, failure.seed) == ("wild", 0)
    assert "NaN" in failure.reason


def test_the_report_says_it(incomplete: Incomplete) -> None:
    page = Path(incomplete.error.outcome.report.uri).read_text(encoding="utf-8")
    assert "wild" in page
    (failure,) = incomplete.error.outcome.failures
    assert failure.reason.partition(":")[0] in page


def test_mlflow_has_it_as_failed_and_the_others_as_finished(incomplete: Incomplete) -> None:
    client = MlflowClient(tracking_uri=incomplete.settings.tracking_uri)
    experiments = [one.experiment_id for one in client.search_experiments()]
    (failed,) = client.search_runs(experiments, "tags.`seqrec.label` = 'wild'")
    assert failed.info.status == "FAILED"
    parent = client.get_run(failed.data.tags["mlflow.parentRunId"])
    assert parent.info.run_name.startswith("wild ")
    assert parent.info.status == "FAILED"
    siblings = client.search_runs(experiments, f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert {run.info.status for run in siblings if run.info.run_id != failed.info.run_id} == {"FINISHED"}
    assert len(siblings) == len(LABELS) + 1


def test_the_command_reports_it_and_exits_with_1(incomplete: Incomplete, same_root: Finished, command: Command) -> None:
    result = command("run", incomplete.file)
    assert result.code == 1
    (failure,) = incomplete.error.outcome.failures
    assert f"failed   wild seed 0: {failure.reason}" in result.out.splitlines()
    assert [label for label in LABELS if label not in result.out] == []
    assert "Traceback" not in result.out + result.err
