"""The task runner is chosen when a flow starts, and progress reaches the handlers from any thread or process."""

import logging
import os
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

from flows.benchmark import Outcome, benchmark
from flows.runner import RunnerOfSettings
from storage.files import read_comparison
from storage.settings import Settings
from tasks.progress import LOGGER
from tests.flows.tiny import tiny

RUNNERS = [
    runner
    for runner in get_args(Settings.model_fields["runner"].annotation)
    if runner != "dask" or find_spec("prefect_dask")
]


class Heard(logging.Handler):
    """Keeps announced progress: its process, step and state."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[int | None, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append((record.process, record.step, record.state))


def test_the_settings_of_the_moment_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = RunnerOfSettings()
    monkeypatch.setenv("SEQREC_TRAINING_SLOTS", "3")
    threads = runner.duplicate()
    assert isinstance(threads, ThreadPoolTaskRunner)
    assert threads._max_workers == 4
    monkeypatch.setenv("SEQREC_TRAINING_SLOTS", "1")
    monkeypatch.setenv("SEQREC_RUNNER", "processes")
    processes = runner.duplicate()
    assert isinstance(processes, ProcessPoolTaskRunner)
    assert processes._max_workers == 2


@pytest.mark.timeout(600)
def test_every_runner_gives_the_same_table_and_its_progress_is_heard_here(
    prefect_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, tables = Heard(), []
    monkeypatch.setattr(LOGGER, "level", logging.INFO)
    for runner in RUNNERS:
        monkeypatch.setenv("SEQREC_RUNNER", runner)
        monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / runner))
        heard.said.clear()
        LOGGER.addHandler(heard)
        try:
            outcome = benchmark(tiny(tmp_path))
        finally:
            LOGGER.removeHandler(heard)
        assert isinstance(outcome, Outcome)
        tables.append(read_comparison(Path(outcome.comparison.uri)).table)
        trained = {process for process, step, _ in heard.said if step.startswith("train ")}
        assert (os.getpid() in trained) == (runner == "threads")
        # Each step is announced once.
        done = [step for _, step, state in heard.said if state == "done" and step.startswith(("train", "evaluate"))]
        assert "train sasrec seed 1" in done
        assert len(done) == len(set(done))
    first, *others = ([(row.label, row.seeds, row.cells) for row in table.rows] for table in tables)
    assert others == [first] * (len(RUNNERS) - 1)
    if "dask" not in RUNNERS:
        pytest.skip("the extra `dask` is not installed, so only the other runners were compared")
