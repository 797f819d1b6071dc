"""A run that is killed and stopped again and again ends like an undisturbed one: the same table, no work repeated."""

import os
import re
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
import pytest

from flows.benchmark import benchmark
from storage.locks import take
from storage.settings import Settings
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

[encoders.lsa]
name = "lsa"
dim = 8

[models.llm_seq_sim]
name = "llm_seq_sim"
source = { encoder = "lsa" }

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
N_COUNTING = 4
"""Models without training: three floors, and the one of vectors."""

MARK = "MARK_OF_KILLED_RUNS"

Moment = Callable[[Settings], bool]


def made(settings: Settings, kind: str) -> int:
    """Return the number of finished artifacts of a kind."""
    return len(list(settings.store_dir.glob(f"{kind}/*/manifest.json")))


def in_the_making(settings: Settings, kind: str) -> bool:
    """Return whether an artifact of a kind is being made."""
    return any(settings.store_dir.glob(f".making/{kind}.*"))


def checkpoints(settings: Settings) -> int:
    """Return the number of checkpoints of an unfinished training."""
    numbers = settings.work_dir.glob(f"*/{'[0-9]' * 8}")
    return max(
        (int(path.name) for path in numbers if not (settings.store_dir / "model" / path.parent.name).exists()),
        default=0,
    )


MOMENTS: dict[str, tuple[Moment, signal.Signals]] = {
    "while the libraries are imported": (lambda settings: settings.data_root.exists(), signal.SIGINT),
    "while the dump is read": (lambda settings: in_the_making(settings, "dump"), signal.SIGTERM),
    "the dump is stored, the split is not": (lambda settings: made(settings, "dump") == 1, signal.SIGKILL),
    "while texts are embedded": (lambda settings: in_the_making(settings, "vectors"), signal.SIGINT),
    "in the first training": (lambda settings: checkpoints(settings) >= 3, signal.SIGINT),
    "between two models": (lambda settings: made(settings, "model") == N_COUNTING + 1, signal.SIGKILL),
    "in the second training": (
        lambda settings: made(settings, "model") == N_COUNTING + 1 and checkpoints(settings) >= 3,
        signal.SIGTERM,
    ),
    "while a model is ranked": (
        lambda settings: made(settings, "model") == N_COUNTING + 2 and in_the_making(settings, "evaluation"),
        signal.SIGINT,
    ),
    "compared, but not reported": (lambda settings: made(settings, "comparison") == 1, signal.SIGKILL),
}
IN_PROCESSES = {"between two models", "in the second training"}
"""Moments at which each task runs in a process of its own."""
STOPS = [moment for moment, (_, number) in MOMENTS.items() if number != signal.SIGKILL]


pytestmark = pytest.mark.timeout(3000)


@dataclass(frozen=True)
class Stopped:
    """What a stop left."""

    code: int
    output: str
    shown_as_running: list[tuple[object, ...]]


@dataclass(frozen=True)
class Killed:
    """A data root in which runs were killed and stopped at various moments, and the last one finished."""

    file: Path
    settings: Settings
    mark: str
    stops: dict[str, Stopped] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    """Every file that was finished before the last kill, with its time."""
    output: list[str] = field(default_factory=list)
    """Output of the run that finished."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    root = tmp_path_factory.mktemp("killed")
    killed = Killed(write_tiny(root, text=TWO_NETWORKS), Settings(data_root=root / "var"), uuid.uuid4().hex)
    try:
        for moment, (has_come, number) in MOMENTS.items():
            with started(killed, "processes" if moment in IN_PROCESSES else "threads") as run:
                try:
                    until(partial(has_come, killed.settings), run, patience_s=600.0)
                    run.send_signal(number)
                    output, _ = run.communicate(timeout=120)
                except AssertionError:
                    run.kill()
                    pytest.fail(f"{moment}: {run.communicate()[0]}")
                finally:
                    run.kill()
            if number != signal.SIGKILL:
                killed.stops[moment] = Stopped(run.returncode, output, shown_as_running(killed.settings))
            # Files in two snapshots must agree, so the first snapshot counts.
            killed.done.update(listing(killed.settings.store_dir) | killed.done)
        with started(killed) as run:
            output, _ = run.communicate()
            killed.output.append(output)
            assert run.returncode == 0, output
        yield killed
    finally:
        for process in marked(killed.mark):
            process.kill()


def started(killed: Killed, runner: str = "threads") -> subprocess.Popen[str]:
    """Start `seqrec run` in its own process, with a checkpoint after every epoch."""
    variables = environment(
        SEQREC_DATA_ROOT=killed.settings.data_root,
        SEQREC_CHECKPOINT_EVERY_S="0",
        SEQREC_RUNNER=runner,
        # Log lines are sent at once, so that those of a killed run can be read.
        PREFECT_LOGGING_TO_API_BATCH_INTERVAL="0.2",
    )
    command = [program("seqrec"), "run", str(killed.file)]
    variables |= {MARK: killed.mark}
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes of marked runs, whoever started them."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.environ().get(MARK) == mark and process.status() != "zombie":
                found.append(process)
    return found


def shown_as_running(settings: Settings) -> list[tuple[object, ...]]:
    """Return the entries that Prefect or MLflow show as running."""
    prefect, mlflow = settings.prefect_dir / "prefect.db", settings.mlflow_dir / "mlflow.db"
    found = []
    if prefect.exists():
        for table in ("flow_run", "task_run"):
            found += rows_of(prefect, f"select name, state_name from {table} where state_type = 'RUNNING'")
    if mlflow.exists():
        found += rows_of(mlflow, "select name, status from runs where status = 'RUNNING'")
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
        "texts",
        "vectors",
        "model",
        "evaluation",
        "comparison",
    }
    steps = [line.split()[:2] for line in killed.output[0].splitlines()]
    for verb in ("ingest", "prepare", "audit", "train", "evaluate", "compare"):
        assert {state for state, step in (step for step in steps if len(step) == 2) if step == verb} == {"stored"}
    assert ["done", "report"] in steps


def test_training_went_on_where_it_was(killed: Killed) -> None:
    lines = rows_of(killed.settings.prefect_dir / "prefect.db", "select message from log")
    messages = [str(message) for (message,) in lines]
    for label in ("first", "second"):
        assert [line for line in messages if line.startswith(f"train {label} seed 0: resumed after epoch")]


@pytest.mark.parametrize("moment", STOPS)
def test_a_stop_ends_in_order(killed: Killed, moment: str) -> None:
    stopped = killed.stops[moment]
    assert stopped.code == 130, stopped.output
    assert "Traceback" not in stopped.output
    assert stopped.shown_as_running == []


def test_prefect_counts_the_killed_as_crashed_and_the_stopped_as_cancelled(killed: Killed) -> None:
    database = killed.settings.prefect_dir / "prefect.db"
    states = [state for (state,) in rows_of(database, "select state_type from flow_run order by created")]
    wanted = ["CRASHED" if number == signal.SIGKILL else "CANCELLED" for _, number in MOMENTS.values()]
    # The first one was stopped before there was a flow.
    assert states == [*wanted[1:], "COMPLETED"]
    assert shown_as_running(killed.settings) == []


def test_no_process_lives_on(killed: Killed) -> None:
    until(lambda: marked(killed.mark) == [], patience_s=20.0)


def test_mlflow_has_one_finished_run_per_model_and_one_of_all(killed: Killed) -> None:
    runs = rows_of(killed.settings.mlflow_dir / "mlflow.db", "select name, status from runs order by name")
    # The name of the run of all ends with the time of its start.
    runs = [(re.sub(r" \d{4}-\d\d-\d\d .*", "", name), status) for name, status in runs]
    labels = ["first", "llm_seq_sim", "markov", "most_popular", "recency", "second"]
    assert sorted(runs) == sorted([("killed", "FINISHED"), *((f"{label} seed 0", "FINISHED") for label in labels)])


def test_no_checkpoint_and_no_half_made_artifact_stays(killed: Killed) -> None:
    left = [path for path in killed.settings.work_dir.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []
    assert list((killed.settings.store_dir / ".making").iterdir()) == []


def test_a_run_that_waits_for_another_says_so_and_can_be_stopped(killed: Killed, tmp_path: Path) -> None:
    file = write_tiny(tmp_path, text=TWO_NETWORKS.replace("n_users = 200", "n_users = 210"))
    with ExitStack() as stack:
        slot = take(killed.settings.work_dir / "slots" / "0.lock")
        assert slot is not None
        stack.enter_context(slot)
        with started(Killed(file, killed.settings, killed.mark)) as run:
            assert run.stdout is not None
            said = []
            for line in run.stdout:
                said.append(line)
                if line.startswith("wait"):
                    break
            run.send_signal(signal.SIGINT)
            rest, _ = run.communicate(timeout=120)
    assert f"a training slot, held by process {os.getpid()} (" in said[-1]
    assert " since 20" in said[-1]
    assert run.returncode == 130, rest
    assert shown_as_running(killed.settings) == []
    # Models that only count need no slot.
    assert [line.split()[:3] for line in said if " train markov " in line] == [["done", "train", "markov"]]
