"""Models built on others are trained after them, linked to them on the page of the run, and fail with them."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from mlflow import MlflowClient
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import TaskRun

from flows.benchmark import IncompleteError, Outcome, benchmark
from storage.files import read_comparison
from storage.settings import Settings
from storage.store import Store
from tests.flows.tiny import write_tiny

SHOP = """
name = "bases"
title = "Models on models"
seeds = [0, 1]

[dataset]
name = "demo"
n_users = 200
n_items = 60

[protocol]
core = { users = 2, items = 2 }
split = { name = "temporal" }

[models.fused]
name = "fuse"
models = ["switched", "base"]

[models.switched]
name = "switch"
popular = "markov"
rare = "base"

[models.base]
name = "sasrec"
compare = false
dim = 8
n_layers = 1
n_heads = 1
max_len = 10
training = { max_epochs = 2 }

[models.of_floors]
name = "fuse"
models = ["markov", "recency"]
rule = "first_then"

[models.wild]
name = "sasrec"
compare = false
dim = 8
n_layers = 1
n_heads = 1
max_len = 10
head = { bias = false }
training = { max_epochs = 2, lr = 1e30 }

[models.on_wild]
name = "switch"
popular = "wild"
rare = "markov"

[models.on_on_wild]
name = "fuse"
models = ["recency", "on_wild"]
"""
COMPARED = {"most_popular", "recency", "markov", "fused", "switched", "of_floors"}


@dataclass(frozen=True)
class Ran:
    """A run in which all models built on `wild` failed."""

    outcome: Outcome
    tasks: dict[str, TaskRun]
    settings: Settings


@pytest.fixture(scope="module")
def ran(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQREC_DATA_ROOT", str(tmp_path_factory.mktemp("root")))
        patch.setenv("SEQREC_TRAINING_SLOTS", "2")
        file = write_tiny(tmp_path_factory.mktemp("shop"), text=SHOP)
        state = benchmark(str(file), return_state=True)
        with pytest.raises(IncompleteError) as caught:
            state.result()
        return Ran(caught.value.outcome, tasks_of(state.state_details.flow_run_id), Settings())


def tasks_of(flow_run_id: UUID | None) -> dict[str, TaskRun]:
    assert flow_run_id is not None
    this_run = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    with get_client(sync_client=True) as client:
        return {run.name: run for run in client.read_task_runs(flow_run_filter=this_run)}


def upstream(ran: Ran, name: str) -> set[str]:
    """Return the names of the trainings whose models a task received."""
    names = {run.id: run.name for run in ran.tasks.values() if run.name.startswith("train ")}
    inputs = [one for group in ran.tasks[name].task_inputs.values() for one in group]
    return {names[one.id] for one in inputs if getattr(one, "id", None) in names}


def test_the_table_holds_what_is_compared_and_did_not_fail(ran: Ran) -> None:
    table = read_comparison(Path(ran.outcome.comparison.uri)).table
    assert {row.label: row.n_seeds for row in table.rows} == dict.fromkeys(COMPARED, 1) | {"fused": 2, "switched": 2}


def test_only_the_models_on_a_failed_base_fail_and_with_its_reason(ran: Ran) -> None:
    reasons = {(one.label, one.seed): one.reason for one in ran.outcome.failures}
    assert set(reasons) == {(label, seed) for label in ("wild", "on_wild", "on_on_wild") for seed in (0, 1)}
    for seed in (0, 1):
        assert "NaN" in reasons["wild", seed]
        assert reasons["on_wild", seed] == f"its base wild failed: {reasons['wild', seed]}"
        assert reasons["on_on_wild", seed] == f"its base on_wild failed: {reasons['on_wild', seed]}"


def test_the_page_of_the_run_shows_the_base_of_each_model(ran: Ran) -> None:
    for seed in (0, 1):
        # A model uses its base with the same seed; a base without seeds serves all.
        assert upstream(ran, f"train switched seed {seed}") == {"train markov seed 0", f"train base seed {seed}"}
        assert upstream(ran, f"train fused seed {seed}") == {f"train switched seed {seed}", f"train base seed {seed}"}
        assert upstream(ran, f"evaluate fused seed {seed}") == {f"train fused seed {seed}"}
    assert upstream(ran, "train of_floors seed 0") == {"train markov seed 0", "train recency seed 0"}


def test_a_base_alone_is_not_evaluated(ran: Ran) -> None:
    assert [name for name in ran.tasks if name.startswith("evaluate base")] == []
    assert "train base seed 1" in ran.tasks
    assert len(list(Store(ran.settings.store_dir).artifacts("evaluation"))) == len(COMPARED) + 2


def test_every_tracked_run_has_ended(ran: Ran) -> None:
    client = MlflowClient(ran.settings.tracking_uri)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    ended = {run.info.run_name: run.info.status for run in client.search_runs(experiments)}
    assert {status for name, status in ended.items() if name.startswith("base ")} == {"FINISHED"}
    assert "RUNNING" not in ended.values()


def test_the_report_names_what_was_compared_and_what_failed(ran: Ran) -> None:
    page = Path(ran.outcome.report.uri).read_text(encoding="utf-8")
    assert [label for label in COMPARED if label not in page] == []
    assert "its base wild failed" in page
