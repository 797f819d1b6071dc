"""The quality report on the terminal and on Prefect's pages."""

import json
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from tests.flows.command import Command
from tests.flows.conftest import Finished
from tests.flows.tiny import write_tiny

TABLE = "user_id,item_id,timestamp\nu1,i1,1\nu1,i2,2\nu2,i1,3\nu2,i1,3\nu2,,3\n"


def test_the_report_is_shown_at_once_and_again(command: Command, tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text(TABLE)
    result = command("ingest", "table", "--data", tmp_path, "--set", "slug=doctor_shop")
    assert result.code == 0
    for shown in ("Quality of doctor_shop", "set aside: no item", "ties in time", "50.00%"):
        assert shown in result.out
    assert "warning  Exact duplicates: 1 interactions equal another" in result.out
    again = command("doctor", "table", "--data", tmp_path, "--set", "slug=doctor_shop")
    assert again.code == 0
    assert again.out in result.out
    with get_client(sync_client=True) as client:
        ours = ArtifactFilter(key=ArtifactFilterKey(any_=["doctor-shop-quality"]))
        (artifact,) = client.read_artifacts(artifact_filter=ours)
    rows = json.loads(str(artifact.data))
    assert [row["value"] for row in rows if (row["section"], row["what"]) == ("Rows", "read")] == ["5"]
    assert [row["what"] for row in rows if row["section"] == "Warning"] == [
        "No times",
        "Rows set aside",
        "Exact duplicates",
        "Ties in time",
    ]


def test_the_doctor_reads_what_was_not_read_yet_and_keeps_nothing(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / "var"))
    result = command("doctor", "demo", "--set", "n_users=50", "--set", "n_items=60")
    assert result.code == 0
    assert result.out.startswith("Quality of demo-50x60-0")
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_takes_an_experiment(command: Command, tmp_path: Path) -> None:
    result = command("doctor", write_tiny(tmp_path), "--set", "dataset.n_users=50")
    assert result.code == 0
    assert result.out.startswith("Quality of demo-50x60-0")


def test_the_doctor_takes_the_name_of_an_experiment_that_was_run(same_root: Finished, command: Command) -> None:
    assert command("doctor", "tiny").out.startswith("Quality of demo-200x60-0")
    assert command("doctor", "tiny", "--set", "dataset.n_users=50").out.startswith("Quality of demo-50x60-0")
    unknown = command("doctor", "tinny")
    assert unknown.code == 2
    assert "or an experiment: its file, or the name of one that is shipped or was run" in unknown.err


@pytest.mark.parametrize("name", ["table", "recbole", "amazon_2014", "yelp"])
def test_the_doctor_says_what_is_missing(command: Command, tmp_path: Path, name: str) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        result = command("doctor", name, "--data", folder)
        assert result.code == 2
        assert str(folder) in result.err
        assert "Point --data at the folder that holds the" in result.err
        assert "Traceback" not in result.err


def test_the_doctor_reports_a_dump_that_a_run_refuses(command: Command, tmp_path: Path) -> None:
    rows = [f"{'' if n % 5 == 0 else f'u{n % 50}'},i{n % 30},{1_600_000_000 + n}" for n in range(2_000)]
    (tmp_path / "log.csv").write_text("user,item,time\n" + "\n".join(rows) + "\n")
    settings = ["--set", 'events={file="log.csv", user="user", item="item", time="time"}', "--data", tmp_path]
    refused = command("ingest", "table", *settings)
    assert refused.code == 2
    report = command("doctor", "table", *settings)
    assert report.code == 0
    assert "no user" in report.out
    assert "20.0% of the rows of one file can't be used. A run stops above 1.0%" in report.out
    assert "set dataset.max_rejected = 0.22" in report.out
    allowed = command("doctor", "table", *settings, "--set", "max_rejected=0.22")
    assert "A run stops" not in allowed.out
