"""The environment of Prefect: at home in the data root, unless the user says otherwise."""

import os
from pathlib import Path

import pytest

from flows.environment import prepare_environment
from storage.settings import Settings


def test_only_what_is_not_set_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Both are put back after the test, whatever happens to them in between.
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    prepare_environment(Settings(data_root=tmp_path))
    assert os.environ["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert os.environ["PREFECT_LOGGING_LEVEL"] == "DEBUG"
