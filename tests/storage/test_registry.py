"""Logged models in MLflow."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow.pyfunc
import pytest

from storage.packages import PACKAGE
from storage.registry import Registry
from storage.tracking_client import TrackingClient


def test_models_are_saved_one_after_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow keeps the model that a file of code sets in a variable of the process, where threads replace it."""
    at_work: list[str] = []
    together: list[int] = []

    def save_model(path: str, **_: object) -> None:
        at_work.append(path)
        time.sleep(0.05)
        together.append(len(at_work))
        at_work.remove(path)
        Path(path).mkdir()

    monkeypatch.setattr(mlflow.pyfunc, "save_model", save_model)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    client = TrackingClient(uri, tmp_path)
    registry = Registry(uri, tmp_path)
    with client.use() as direct:
        run_id = direct.create_run(client.experiment_id("shop")).info.run_id

    def log(name: str) -> str:
        package = tmp_path / PACKAGE
        return registry.log_model("shop", run_id, name, package, example=["a"], params={}, tags={})

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(log, "abcd"))) == 4
    assert together == [1] * 4
