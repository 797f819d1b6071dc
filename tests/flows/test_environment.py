"""The environment of Prefect, which is kept in the data root unless the user says otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.environment import prepare_environment
from storage.settings import Settings
from tests.processes import environment


def test_only_what_is_not_set_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Both are restored after the test, no matter what it does to them.
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    prepare_environment(Settings(data_root=tmp_path))
    assert os.environ["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert os.environ["PREFECT_LOGGING_LEVEL"] == "DEBUG"


@pytest.mark.parametrize(("given", "found"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_idle_threads_leave_their_cores_before_pytorch_is_loaded(given: dict[str, str], found: str) -> None:
    variables = {name: value for name, value in environment().items() if name != "OMP_WAIT_POLICY"}
    code = "import flows, os, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], env=variables | given, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [found, "False"]
