"""MLflow on a real database, read back with its own client."""

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlflow import MlflowClient

from seqrec.errors import StorageError
from seqrec.types import EpochReport
from storage.provenance import versions
from storage.tracking import TrackedDataset, Tracker
from tests.processes import environment, program, until

RUN = """
import sys
from pathlib import Path
from storage.tracking import TrackedDataset, Tracker

root, experiment, work = sys.argv[1:]
assert "mlflow" not in sys.modules, "a run that needs no tracking must not wait for the library"
tracker = Tracker(f"sqlite:///{root}/deep/mlflow.db", Path(root))
run_id = tracker.start_run(experiment, "child", key=work)
print(run_id, flush=True)
if work == "wait":
    input()
tracker.finish(run_id)
"""


def purge(client: MlflowClient) -> None:
    """Remove for good what was deleted."""
    command = [program("mlflow"), "gc", "--backend-store-uri", client.tracking_uri]
    variables = environment(MLFLOW_TRACKING_URI=client.tracking_uri, MLFLOW_DISABLE_TELEMETRY="true")
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def process(root: Path, experiment: str, work: str) -> subprocess.Popen[str]:
    """Start a process that tracks a run to its end, or until it is killed."""
    command = [sys.executable, "-c", RUN, str(root), experiment, work]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


@dataclass(frozen=True)
class Race:
    """The outcome of four threads and another process that all start with a database without tables."""

    root: Path
    runs: list[str]
    exit_code: int
    noise: str


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> Race:
    """Run the race, which creates the one database of all tests, since creating its tables takes long."""
    root = tmp_path_factory.mktemp("mlflow")

    def track(n: int) -> str:
        return Tracker(f"sqlite:///{root}/deep/mlflow.db", root).start_run("race", f"t{n}", key=f"t{n}")

    with process(root, "race", "a") as child, ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(track, range(4)))
        run_id, noise = child.communicate()
    return Race(root, [*runs, run_id.strip()], child.returncode, noise)


@pytest.fixture
def root(race: Race) -> Path:
    return race.root


@pytest.fixture
def tracker(root: Path) -> Tracker:
    return Tracker(f"sqlite:///{root}/deep/mlflow.db", root)


@pytest.fixture
def client(root: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{root}/deep/mlflow.db")


@pytest.fixture
def experiment(request: pytest.FixtureRequest) -> str:
    """Return an experiment with the name of the test."""
    return str(request.node.name)


def reports(*epochs: int, phase: str = "fit") -> list[EpochReport]:
    """Return reports of some epochs."""
    valid = {"ndcg_at_20": 0.5} if phase == "fit" else {}
    return [EpochReport(phase, n, 1 / n, valid, 1.0, 1) for n in epochs]  # type: ignore[arg-type]


def test_a_run_holds_what_it_was_given(tracker: Tracker, client: MlflowClient, experiment: str) -> None:
    parent = tracker.start_run(experiment, "pipeline")
    run_id = tracker.start_run(
        experiment,
        "sasrec, seed 0",
        key="k1",
        parent=parent,
        tags={"protocol": "p0", "prefect_url": "http://me:hush@127.0.0.1:4200"},
        params={"model": {"lr": 0.1, "item_init": None}, "seeds": (0, 1), "api_key": "hush"},
    )
    tracker.log_metrics(run_id, {"test/full/ndcg_at_10": 1 / 3, "test/full/hr_at_10": 0.5})
    tracker.finish(run_id)
    run = client.get_run(run_id)
    assert run.info.run_name == "sasrec, seed 0"
    assert run.info.status == "FINISHED"
    assert run.data.tags["mlflow.parentRunId"] == parent
    assert run.data.params == {
        "model.lr": "0.1",
        "model.item_init": "None",
        "seeds": "(0, 1)",
        "api_key": "***",
    }
    assert run.data.metrics == {"test/full/ndcg_at_10": 1 / 3, "test/full/hr_at_10": 0.5}
    assert run.data.tags["seqrec.key"] == "k1"
    assert run.data.tags["prefect_url"] == "http://***@127.0.0.1:4200"
    assert run.data.tags["version.torch"] == versions()["torch"]
    assert "hush" not in str(run.to_dictionary())


def test_long_and_many_values(tracker: Tracker, client: MlflowClient, experiment: str) -> None:
    params = {f"p{n}": "x" * n for n in range(250)} | {"long": "x" * 7000}
    run_id = tracker.start_run(experiment, "n", params=params, tags={"long": "y" * 9000})
    tracker.log_metrics(run_id, {f"m{n}": float(n) for n in range(1200)})
    data = client.get_run(run_id).data
    assert len(data.params) == 251
    assert len(data.params["long"]) == 6000
    assert data.params["long"].endswith("x ... (cut)")
    assert len(data.tags["long"]) == 8000
    assert len(data.metrics) == 1200


def test_epochs_become_curves(tracker: Tracker, client: MlflowClient, experiment: str) -> None:
    run_id = tracker.start_run(experiment, "n")
    tracker.log_epochs(run_id, reports(1, 2))
    tracker.log_epochs(run_id, reports(3) + reports(1, 2, phase="refit"))

    def curve(name: str) -> list[tuple[int, float]]:
        return [(point.step, point.value) for point in client.get_metric_history(run_id, name)]

    assert curve("train/loss") == [(1, 1.0), (2, 0.5), (3, 1 / 3)]
    assert curve("valid/ndcg_at_20") == [(1, 0.5), (2, 0.5), (3, 0.5)]
    assert curve("refit/train/loss") == [(1, 1.0), (2, 0.5)]
    assert curve("refit/valid/ndcg_at_20") == []


def test_a_resumed_run_keeps_its_id_and_repeats_no_epoch(
    tracker: Tracker, client: MlflowClient, experiment: str
) -> None:
    first = tracker.start_run(experiment, "n", key="k", params={"lr": 1})
    tracker.log_epochs(first, reports(1, 2, 3))
    tracker.finish(first, "KILLED")
    again = tracker.start_run(experiment, "n", key="k", params={"lr": 1, "dim": 2})
    assert again == first
    assert client.get_run(first).info.status == "RUNNING"
    tracker.log_epochs(first, reports(2, 3, 4))
    assert [point.step for point in client.get_metric_history(first, "train/loss")] == [1, 2, 3, 4]
    assert client.get_run(first).data.params == {"lr": "1", "dim": "2"}
    assert tracker.start_run(experiment, "n", key="other") != first


def test_a_run_that_another_living_process_has_open_is_left_alone(
    tracker: Tracker, experiment: str, root: Path
) -> None:
    with process(root, experiment, "wait") as child:
        assert child.stdout is not None
        theirs = child.stdout.readline().strip()
        mine = tracker.start_run(experiment, "child", key="wait")
        assert mine != theirs
        # Children of the same parent belong to one pipeline, no matter which process opened them.
        parts = [tracker.start_run(experiment, "part", key="part", parent=parent) for parent in (mine, theirs, mine)]
        assert parts[0] == parts[2] != parts[1]
        child.send_signal(signal.SIGKILL)
    # The latest of the free runs.
    assert tracker.start_run(experiment, "child", key="wait") == mine


def test_a_run_of_a_process_that_died_is_taken_up(tracker: Tracker, experiment: str, root: Path) -> None:
    with process(root, experiment, "wait") as child:
        assert child.stdout is not None
        theirs = child.stdout.readline().strip()
        child.send_signal(signal.SIGKILL)
    assert tracker.start_run(experiment, "child", key="wait") == theirs


def test_files_and_folders_go_with_the_run(
    tracker: Tracker, client: MlflowClient, experiment: str, tmp_path: Path, root: Path
) -> None:
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "a.json").write_text("{}")
    (tmp_path / "config.json").write_text('{"p": 5}')
    run_id = tracker.start_run(experiment, "n")
    tracker.log_artifacts(run_id, tmp_path / "config.json")
    tracker.log_artifacts(run_id, tmp_path / "curves", "curves")
    assert [file.path for file in client.list_artifacts(run_id)] == ["config.json", "curves"]
    assert [file.path for file in client.list_artifacts(run_id, "curves")] == ["curves/a.json"]
    assert (root / run_id / "artifacts" / "config.json").read_text() == '{"p": 5}'


def test_the_data_are_named_by_digest(tracker: Tracker, client: MlflowClient, experiment: str) -> None:
    dataset = TrackedDataset("amazon_2014-beauty", "2cf24dba5fb0a30e26e8", {"users": 22_363})
    run_id = tracker.start_run(experiment, "n", dataset=dataset)
    inputs = client.get_run(run_id).inputs
    assert inputs is not None
    (data,) = [used.dataset for used in inputs.dataset_inputs]
    assert (data.name, data.digest) == ("amazon_2014-beauty", "2cf24dba5fb0a30e26e8")
    assert json.loads(str(data.profile)) == {"users": 22_363}


def test_the_page_of_a_run(tracker: Tracker, client: MlflowClient, experiment: str, root: Path) -> None:
    run_id = tracker.start_run(experiment, "n")
    experiment_id = client.get_run(run_id).info.experiment_id
    assert tracker.run_url(run_id, None) is None, "nobody serves it"
    page = tracker.run_url(run_id, "http://127.0.0.1:5001")
    assert page == f"http://127.0.0.1:5001/#/experiments/{experiment_id}/runs/{run_id}"


def test_a_run_that_was_purged_does_not_exist(tracker: Tracker, client: MlflowClient, experiment: str) -> None:
    run_id = tracker.start_run(experiment, "n", key="k")
    client.delete_experiment(client.get_run(run_id).info.experiment_id)
    assert tracker.has_run(run_id), "it can still be restored"
    purge(client)
    assert not tracker.has_run(run_id)
    assert tracker.has_run(tracker.start_run(experiment, "n", key="k")), "in an experiment of the same name"


def test_runs_of_the_dead_are_reaped(tracker: Tracker, client: MlflowClient, experiment: str, root: Path) -> None:
    mine = tracker.start_run(experiment, "alive")
    foreign = client.create_run(client.get_run(mine).info.experiment_id).info.run_id
    with process(root, experiment, "wait") as child:
        assert child.stdout is not None
        orphan = child.stdout.readline().strip()
        assert orphan not in tracker.reap()
        child.send_signal(signal.SIGKILL)
    assert tracker.reap() == [orphan]
    assert client.get_run(orphan).info.status == "KILLED"
    assert client.get_run(mine).info.status == "RUNNING"
    assert client.get_run(foreign).info.status == "RUNNING", "whose it is, is not known"


def test_threads_and_processes_may_all_be_the_first(race: Race, client: MlflowClient) -> None:
    assert (race.exit_code, race.noise) == (0, "")
    (only,) = [found for found in client.search_experiments() if found.name == "race"]
    assert sorted(run.info.run_id for run in client.search_runs([only.experiment_id])) == sorted(race.runs)


def test_a_server_that_is_down_is_named_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    tracker = Tracker("http://me:hush@127.0.0.1:9", tmp_path)
    with pytest.raises(StorageError) as caught:
        tracker.start_run("e", "n")
    assert caught.value.subject == "MLflow at http://***@127.0.0.1:9"
    assert "SEQREC_TRACKING_URI" in caught.value.remedy
    assert "hush" not in str(caught.value)


def test_a_process_that_dies_while_it_makes_the_database_leaves_none(tmp_path: Path) -> None:
    with process(tmp_path, "killed", "wait") as child:
        until(lambda: any(tmp_path.glob("deep/mlflow.db.*.making")), child)
        child.kill()
    assert not (tmp_path / "deep/mlflow.db").exists()
    tracker = Tracker(f"sqlite:///{tmp_path}/deep/mlflow.db", tmp_path)
    tracker.finish(tracker.start_run("killed", "next"))
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"mlflow.db"}


@pytest.mark.parametrize("damage", ["garbage", "flipped bit", "no table"])
def test_a_damaged_database_is_an_error_that_names_the_file(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "mlflow.db"
    if damage == "garbage":
        file.write_bytes(b"garbage" * 1_000)
    else:
        tracker = Tracker(f"sqlite:///{file}", tmp_path)
        tracker.finish(tracker.start_run("damaged", "before"))
    if damage == "no table":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("drop table runs")
    elif damage == "flipped bit":
        content = bytearray(file.read_bytes())
        # The type of the second page, which makes it a page of no tree.
        content[4096] ^= 1
        file.write_bytes(content)
    with pytest.raises(StorageError, match=r"mlflow\.db") as caught:
        Tracker(f"sqlite:///{file}", tmp_path).start_run("damaged", "after")
    assert caught.value.remedy.startswith(f"Save its records with `sqlite3 {file} .recover`")
    assert "registered models are lost" in caught.value.remedy


def test_what_is_missing_in_a_sound_database_is_no_damage(tracker: Tracker) -> None:
    with pytest.raises(StorageError, match="not found") as caught:
        tracker.describe("0" * 32, "a run that nobody started")
    assert "move" not in caught.value.remedy


def test_a_full_disk_is_told_once(
    tracker: Tracker, client: MlflowClient, experiment: str, capfd: pytest.CaptureFixture[str]
) -> None:
    run_id = tracker.start_run(experiment, "n")
    before, limits = client.get_run(run_id).data.tags, resource.getrlimit(resource.RLIMIT_FSIZE)
    capfd.readouterr()
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StorageError) as caught:
            tracker.describe(run_id, "more " * 1_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.remedy == "Free disk space, and run the command again."
    assert capfd.readouterr() == ("", "")
    assert client.get_run(run_id).data.tags == before


def test_a_deleted_experiment_is_named_with_the_command_that_restores_it(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    tracker = Tracker(uri, tmp_path)
    run_id = tracker.start_run("shop temporal", "before")
    client = MlflowClient(uri)
    experiment_id = client.get_run(run_id).info.experiment_id
    client.delete_experiment(experiment_id)
    with pytest.raises(StorageError, match="which was deleted there"):
        tracker.check_experiment("shop temporal")
    tracker.check_experiment("one that does not exist yet")
    with pytest.raises(StorageError) as caught:
        tracker.start_run("shop temporal", "after")
    assert caught.value.got == "the experiment 'shop temporal', which was deleted there"
    command = f"MLFLOW_TRACKING_URI='{uri}' mlflow experiments restore --experiment-id {experiment_id}"
    assert caught.value.remedy == f"Restore it: `{command}`."
    client.restore_experiment(experiment_id)
    assert tracker.start_run("shop temporal", "after")


def test_a_database_whose_driver_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(StorageError, match="psycopg2") as caught:
        Tracker("postgresql://me:hush@127.0.0.1/mlflow", tmp_path).start_run("e", "n")
    assert "pip" in caught.value.remedy
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("file", ["folder", "text/mlflow.db"])
def test_a_database_that_can_not_be_made(tmp_path: Path, file: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        Tracker(f"sqlite:///{tmp_path / file}", tmp_path / "artifacts").start_run("e", "n")
    assert "SEQREC_TRACKING_URI" in caught.value.remedy


def test_reaping_makes_no_database(tmp_path: Path) -> None:
    assert Tracker(f"sqlite:///{tmp_path}/mlflow.db", tmp_path).reap() == []
    assert list(tmp_path.iterdir()) == []
