"""One finished run of a tiny experiment, which many tests read, and the command line in this process."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from flows.benchmark import Outcome, benchmark
from flows.cli.app import start
from seqrec.experiment import Experiment
from storage.settings import Settings
from tests.flows.command import Command, Result
from tests.flows.tiny import tiny, write_tiny


@dataclass(frozen=True)
class Finished:
    """A finished run, and the places of its results."""

    experiment: Experiment
    file: Path
    settings: Settings
    outcome: Outcome
    flow_run_id: UUID


@pytest.fixture(scope="session")
def finished(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Run the tiny experiment once through the flow. Tests may read its data root, but not write to it."""
    folder, root = tmp_path_factory.mktemp("tiny"), tmp_path_factory.mktemp("finished")
    experiment = tiny(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQREC_DATA_ROOT", str(root))
        state = benchmark(experiment, return_state=True)
        outcome = state.result()
        assert isinstance(outcome, Outcome)
        return Finished(experiment, write_tiny(folder), Settings(), outcome, state.state_details.flow_run_id)


@pytest.fixture
def same_root(finished: Finished, monkeypatch: pytest.MonkeyPatch) -> Finished:
    """Return the finished run, with the settings of this test pointing at its data root."""
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(finished.settings.data_root))
    return finished


@pytest.fixture
def command(prefect_server: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function: `command("run", "demo")` runs `seqrec run demo`."""

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["seqrec", *map(str, arguments)])
        capsys.readouterr()
        # The program sets defaults in the environment of its own process.
        environment = dict(os.environ)
        try:
            with pytest.raises(SystemExit) as ended:
                start()
        finally:
            os.environ.clear()
            os.environ.update(environment)
        output = capsys.readouterr()
        return Result(int(ended.value.code or 0), output.out, output.err)

    return call
