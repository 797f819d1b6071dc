"""Results of an earlier run, read from the store."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from storage.files import read_comparison, write_comparison
from storage.history import REPORT, History
from storage.settings import Settings
from storage.store import Store
from tests.flows.command import Command
from tests.flows.conftest import Finished
from tests.flows.tiny import LABELS
from tests.seqrec.report.contents import content_of


def test_the_leaderboard_as_json(same_root: Finished, command: Command) -> None:
    result = command("leaderboard", "tiny", "--json")
    assert (result.code, result.err) == (0, "")
    rows = json.loads(result.out)
    table = read_comparison(Path(same_root.outcome.comparison.uri)).table
    assert [row["model"] for row in rows] == [row.label for row in table.rows]
    for row in rows:
        for metric in table.metrics:
            cell = table.row(row["model"]).cells[metric]
            expected = {"mean": cell.mean, "sd": cell.sd, "low": cell.low, "high": cell.high}
            assert row[metric] == expected
    by_model = {row["model"]: row for row in rows}
    twice, once = by_model["sasrec"]["ndcg_at_20"], by_model["markov"]["ndcg_at_20"]
    assert twice["sd"] >= 0.0
    assert once["sd"] is None
    assert once["low"] < once["mean"] < once["high"]
    assert by_model["markov"]["difference"] is None
    assert 0.0 <= by_model["sasrec"]["p_adjusted"] <= 1.0
    assert 0.0 < by_model["sasrec"]["sign_flip"]["p_adjusted"] <= 1.0
    assert {row["model"]: row["verdict"] for row in rows} == {row.label: table.verdict(row) for row in table.rows}


def test_the_leaderboard_for_people_by_name_and_by_file(same_root: Finished, command: Command) -> None:
    result = command("leaderboard", "tiny")
    assert result.code == 0
    assert [label for label in LABELS if label not in result.out] == []
    assert "t test over seeds and cases" in " ".join(result.out.split())
    assert command("leaderboard", same_root.file).out == result.out


def test_the_report_is_a_path(same_root: Finished, command: Command) -> None:
    result = command("report", "tiny")
    assert result.code == 0
    assert Path(result.out.strip()) == same_root.settings.reports_dir / "tiny" / "report.html"
    assert Path(result.out.strip()).is_file()


def test_the_history_has_every_run_and_leads_to_its_table_and_report(same_root: Finished, command: Command) -> None:
    (run, *_) = json.loads(command("history", "tiny", "--json").out)
    assert run["protocol"] == same_root.experiment.protocol.digest
    told = command("history", "tiny")
    assert told.code == 0
    assert run["protocol"][:8] in told.out
    by_protocol = command("leaderboard", "tiny", "--json", "--protocol", run["protocol"][:8]).out
    assert by_protocol == command("leaderboard", "tiny", "--json").out
    assert command("report", "tiny", "--protocol", run["protocol"]).out == command("report", "tiny").out


def finish(title: str) -> None:
    """Leave the results of a run in the data root of this test, as a run does."""
    settings, result = Settings(), content_of(n_test=50, n_resamples=20).comparison
    store = Store(settings.store_dir)

    def compare(folder: Path) -> Mapping[str, object]:
        write_comparison(folder, replace(result, table=replace(result.table, title=title)))
        return {}

    def render(folder: Path) -> Mapping[str, object]:
        (folder / REPORT).write_text(f"<p>{title}")
        return {}

    comparison = store.get_or_make("comparison", {"title": title}, compare)
    report = store.get_or_make("report", {"title": title}, render)
    History(settings.reports_dir, "shop").record(
        protocol=result.table.protocol_digest,
        comparison=comparison.key,
        report=report.key,
        command=f"seqrec run {title}",
        data=Path(),
        page=report.path / REPORT,
    )


def test_every_run_of_a_protocol_can_be_shown_again(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / "var"))
    for title in ("first", "second", "third"):
        finish(title)
    listed = json.loads(command("history", "shop", "--json").out)
    assert [(run["run"], run["command"][-6:]) for run in listed] == [(3, " third"), (2, "second"), (1, " first")]
    assert [line.split()[1] for line in command("history", "shop").out.splitlines()[3:-1]] == ["3", "2", "1"]
    for number, title in enumerate(("first", "second", "third"), 1):
        shown = command("leaderboard", "shop", "--run", number).out.splitlines()
        assert shown[0] == title
        page = Path(shown[-1].removeprefix("report   "))
        assert page.read_text() == f"<p>{title}"
        assert command("report", "shop", "--run", number).out.strip() == str(page)
    assert command("leaderboard", "shop").out == command("leaderboard", "shop", "--run", 3).out
    wrong = command("leaderboard", "shop", "--run", 4)
    assert wrong.code == 2
    assert "seqrec history shop" in wrong.err
    assert command("report", "shop", "--run", 1, "--protocol", "0").code == 2


def test_a_table_that_is_gone_hides_no_other(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / "var"))
    finish("first")
    finish("second")
    gone = json.loads(command("history", "shop", "--json").out)[1]["comparison"]
    shutil.rmtree(Settings().store_dir / "comparison" / gone)
    told = command("history", "shop")
    assert told.code == 0
    assert "(not in the store)" in told.out
    assert "ndcg@20" in told.out


def test_a_protocol_without_a_run(same_root: Finished, command: Command) -> None:
    told = command("leaderboard", "tiny", "--protocol", "xyz")
    assert told.code == 2
    assert "seqrec history tiny" in told.err


def test_sql_answers_a_question(same_root: Finished, command: Command) -> None:
    result = command("sql", "select count(*) as n from items_demo_200x60_0")
    assert result.code == 0
    assert "60" in result.out


def test_sql_changes_nothing(same_root: Finished, command: Command) -> None:
    for statement in ("delete from leaderboard", "drop table leaderboard", "create table t (n int)"):
        result = command("sql", statement)
        assert result.code == 2
        assert statement in result.err
    assert "markov" in command("sql", "select label from leaderboard").out


def test_a_dump_can_be_ingested_on_its_own(command: Command) -> None:
    result = command("ingest", "demo", "--set", "n_users=100", "--set", "n_items=60")
    assert result.code == 0
    counted, _, folder = result.out.splitlines()[-1].partition(" interactions in ")
    assert pl.read_parquet(f"{folder}/interactions.parquet").height == int(counted.replace(",", ""))
    assert "100" in command("sql", "select count(distinct user_id) from interactions_demo_100x60_0").out


def test_the_first_ingest_then_a_stored_one(command: Command) -> None:
    first, second = (command("ingest", "demo", "--set", "n_users=50", "--set", "n_items=60").out for _ in range(2))
    assert first.startswith("done")
    assert second.startswith("stored")
    assert first.splitlines()[-1] == second.splitlines()[-1]
