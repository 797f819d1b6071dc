"""A run that is killed again and again ends like an undisturbed one: same table, nothing made twice, nothing left."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from flows.benchmark import benchmark
from storage.settings import Settings
from tasks.cleanup import OWN_SERVER
from tests.flows.command import Command
from tests.flows.tiny import listing, rows_of, write_tiny
from tests.processes import environment, program, until

TWO_NETWORKS = """
name = "killed"
title = "Two networks"

[dataset]
name = "demo"
n_users = 200
n_items = 60

[protocol]
core = { users = 2, items = 2 }
split = { name = "temporal" }

[models.first]
name = "sasrec"
dim = 8
n_layers = 1
n_heads = 1
training = { max_epochs = 20, patience = 20 }

[models.second]
name = "sasrec"
dim = 16
n_layers = 1
n_heads = 1
training = { max_epochs = 20, patience = 20 }
"""
N_FLOORS = 3

Moment = Callable[[Settings], bool]


def made(settings: Settings, kind: str) -> int:
    """Return the number of finished artifacts of a kind."""
    return len(list(settings.store_dir.glob(f"{kind}/*/manifest.json")))


def checkpoints(settings: Settings) -> int:
    """Return the number of checkpoints of an unfinished training."""
    numbers = settings.work_dir.glob(f"*/{'[0-9]' * 8}")
    return max(
        (int(path.name) for path in numbers if not (settings.store_dir / "model" / path.parent.name).exists()),
        default=0,
    )


MOMENTS: dict[str, Moment] = {
    "the dump is stored, the split is not": lambda settings: made(settings, "dump") == 1,
    "in the first training": lambda settings: checkpoints(settings) >= 3,
    "between two models": lambda settings: made(settings, "model") == N_FLOORS + 1,
    "in the second training": lambda settings: made(settings, "model") == N_FLOORS + 1 and checkpoints(settings) >= 3,
    "compared, but not reported": lambda settings: made(settings, "comparison") == 1,
}


pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Killed:
    """A data root in which runs were killed at various moments, and the last one finished."""

    file: Path
    settings: Settings
    done: dict[str, int]
    """Every file that was finished before the last kill, with its time."""
    output: str
    """Output of the run that finished."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    root = tmp_path_factory.mktemp("killed")
    file, settings = write_tiny(root, text=TWO_NETWORKS), Settings(data_root=root / "var")
    done: dict[str, int] = {}
    try:
        for has_come in MOMENTS.values():
            with started(file, settings) as run:
                try:
                    until(partial(has_come, settings), run)
                finally:
                    run.kill()
            # Files in two snapshots must agree, so the first snapshot counts.
            done = listing(settings.store_dir) | done
        with started(file, settings) as run:
            output, _ = run.communicate()
            assert run.returncode == 0, output
        yield Killed(file, settings, done, output)
    finally:
        for server in servers_of(settings):
            server.kill()


def started(file: Path, settings: Settings) -> subprocess.Popen[str]:
    """Start `seqrec run` in its own process, with a checkpoint after every epoch."""
    variables = environment(
        SEQREC_DATA_ROOT=settings.data_root,
        SEQREC_CHECKPOINT_EVERY_S="0",
        # Log lines are sent at once, so that those of a killed run can be read.
        PREFECT_LOGGING_TO_API_BATCH_INTERVAL="0.2",
    )
    command = [program("seqrec"), "run", str(file)]
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def servers_of(settings: Settings) -> list[psutil.Process]:
    """Return the Prefect servers that run in a data root."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            ours = process.environ().get("PREFECT_HOME") == str(settings.prefect_dir)
            if ours and OWN_SERVER in process.cmdline():
                found.append(process)
    return found


def test_it_ends_in_the_table_of_an_undisturbed_run(
    prefect_server: None, killed: Killed, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    benchmark(str(killed.file))
    undisturbed = command("leaderboard", "killed", "--json")
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(killed.settings.data_root))
    assert command("leaderboard", "killed", "--json") == undisturbed
    assert undisturbed.code == 0


def test_nothing_finished_is_made_again(killed: Killed) -> None:
    now = listing(killed.settings.store_dir)
    assert {path: now.get(path) for path in killed.done} == killed.done
    assert {path.partition("/")[0] for path in killed.done} == {
        "dump",
        "split",
        "audit",
        "model",
        "evaluation",
        "comparison",
    }
    steps = [line.split()[:2] for line in killed.output.splitlines()]
    for verb in ("ingest", "prepare", "audit", "train", "evaluate", "compare"):
        assert {state for state, step in (step for step in steps if len(step) == 2) if step == verb} == {"stored"}
    assert ["done", "report"] in steps


def test_training_went_on_where_it_was(killed: Killed) -> None:
    lines = rows_of(killed.settings.prefect_dir / "prefect.db", "select message from log")
    messages = [str(message) for (message,) in lines]
    for label in ("first", "second"):
        assert [line for line in messages if line.startswith(f"train {label} seed 0: resumed after epoch")]


def test_prefect_counts_the_killed_as_crashed_and_no_slot_as_taken(killed: Killed) -> None:
    database = killed.settings.prefect_dir / "prefect.db"
    states = [state for (state,) in rows_of(database, "select state_type from flow_run order by created")]
    assert states == ["CRASHED"] * len(MOMENTS) + ["COMPLETED"]
    assert rows_of(database, "select name from task_run where state_type = 'RUNNING'") == []
    assert rows_of(database, "select active_slots from concurrency_limit_v2") == [(0,)]


def test_no_server_lives_on(killed: Killed) -> None:
    until(lambda: servers_of(killed.settings) == [], patience_s=10.0)


def test_mlflow_has_one_finished_run_per_model_and_one_of_all(killed: Killed) -> None:
    runs = rows_of(killed.settings.mlflow_dir / "mlflow.db", "select name, status from runs order by name")
    labels = ["first", "markov", "most_popular", "recency", "second"]
    assert runs == sorted([("killed", "FINISHED"), *((f"{label} seed 0", "FINISHED") for label in labels)])


def test_no_checkpoint_and_no_half_made_artifact_stays(killed: Killed) -> None:
    assert [path for path in killed.settings.work_dir.rglob("*") if path.is_file()] == []
    assert list((killed.settings.store_dir / ".making").iterdir()) == []


def test_sigterm_stops_a_run_as_ctrl_c_does(tmp_path: Path) -> None:
    file, settings = write_tiny(tmp_path, text=TWO_NETWORKS), Settings(data_root=tmp_path / "var")
    with started(file, settings) as run:
        until(lambda: checkpoints(settings) >= 3, run)
        children = psutil.Process(run.pid).children(recursive=True)
        run.terminate()
        output, _ = run.communicate(timeout=120)
    assert run.returncode == 130
    assert "Traceback" not in output
    assert children
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
