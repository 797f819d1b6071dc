"""The whole pipeline on a tiny experiment, through a real Prefect server, MLflow and DuckDB."""

from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from flows.benchmark import benchmark
from seqrec.errors import ConfigError
from storage.catalogue import Catalogue
from storage.files import read_comparison
from storage.history import History
from storage.process_id import current_process
from storage.services import Service, Services
from tests.flows.conftest import Finished
from tests.flows.tiny import LABELS, listing, rows_of


def test_the_table_holds_every_model_best_first(finished: Finished) -> None:
    table = read_comparison(Path(finished.outcome.comparison.uri)).table
    assert {row.label for row in table.rows} == LABELS
    values = [row.cells["ndcg_at_20"].mean for row in table.rows]
    assert values == sorted(values, reverse=True)
    assert table.protocol_digest == finished.experiment.protocol.digest
    # Only models with random draws are trained with a second seed.
    assert {row.label: row.n_seeds for row in table.rows} == dict.fromkeys(LABELS, 1) | {"sasrec": 2}
    # In the generated shop, habits predict more than popularity.
    assert table.row("markov").cells["ndcg_at_20"].mean > table.row("most_popular").cells["ndcg_at_20"].mean


def test_the_report_names_every_model_and_is_found_by_name(finished: Finished) -> None:
    report = Path(finished.outcome.report.uri)
    assert report == History(finished.settings.reports_dir, "tiny").page
    page = report.read_text(encoding="utf-8")
    assert [label for label in LABELS if label not in page] == []
    assert "Tiny shop" in page


def test_sql_finds_dump_and_results(finished: Finished) -> None:
    catalogue = Catalogue(finished.settings.catalogue_path)
    rows = "from leaderboard where experiment = 'tiny' and metric = 'ndcg_at_20'"
    board = catalogue.query(f"select label, mean {rows} order by place")
    table = read_comparison(Path(finished.outcome.comparison.uri)).table
    assert board.rows() == [(row.label, row.cells["ndcg_at_20"].mean) for row in table.rows]
    users = catalogue.query('select count(distinct user_id) as n from "interactions_demo_200x60_0"')
    assert users.item() == 200


def test_a_person_can_read_the_names_of_flow_and_task_runs(finished: Finished) -> None:
    this_run = FlowRunFilter(id=FlowRunFilterId(any_=[finished.flow_run_id]))
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(finished.flow_run_id).name.startswith("tiny 2")
        runs = client.read_task_runs(flow_run_filter=this_run)
    assert {run.name for run in runs} == {
        "ingest demo",
        "prepare temporal",
        "audit tiny",
        "compose texts",
        "embed lsa",
        "reduce identity",
        "track tiny",
        *(f"{verb} {label} seed 0" for verb in ("train", "evaluate") for label in LABELS),
        "train sasrec seed 1",
        "evaluate sasrec seed 1",
        "compare tiny",
        "report tiny",
        "finish tracking",
        "publish tiny",
    }
    assert {run.state_name for run in runs} == {"Completed"}


def test_a_second_run_makes_nothing_and_gives_the_same_table(same_root: Finished) -> None:
    store, mlflow = same_root.settings.store_dir, same_root.settings.mlflow_dir / "mlflow.db"
    before, tracked, table = listing(store), runs_in(mlflow), Path(same_root.outcome.comparison.uri) / "comparison.json"
    content = table.read_bytes()
    served = Services(same_root.settings.services_dir)
    here = Service(
        "mlflow", current_process(), "http://127.0.0.1:5001", "2026-11-30T00:00:00+00:00", Path("mlflow.log")
    )
    served.add(here)
    try:
        again = benchmark(same_root.experiment)
    finally:
        served.remove("mlflow")
    assert again.comparison == same_root.outcome.comparison
    assert str(again.tracking_url).startswith("http://127.0.0.1:5001/#/experiments/")
    assert listing(store) == before
    assert runs_in(mlflow) == tracked
    assert table.read_bytes() == content


def test_an_experiment_may_be_named_by_its_file(same_root: Finished) -> None:
    assert benchmark(str(same_root.file)).comparison == same_root.outcome.comparison


def test_an_unknown_experiment_is_refused_by_the_flow_too(prefect_server: None) -> None:
    with pytest.raises(ConfigError, match="beauty-temporal") as caught:
        benchmark("beauty-tempral")
    assert caught.value.subject == "experiment 'beauty-tempral'"


def runs_in(database: Path) -> list[tuple[object, ...]]:
    """Return the id, the state and the end time of every run in an MLflow database."""
    return rows_of(database, "select run_uuid, status, end_time from runs order by run_uuid")
