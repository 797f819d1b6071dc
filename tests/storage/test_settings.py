"""Settings from the environment."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from seqrec.errors import ConfigError, StorageError
from storage.settings import Settings


def test_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SEQREC_DATA_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert settings.data_root == tmp_path / "var"
    assert settings.store_dir == tmp_path / "var" / "store"
    assert settings.tracking_uri == f"sqlite:///{tmp_path}/var/mlflow/mlflow.db"
    assert (settings.device, settings.training_slots, settings.n_threads) == ("auto", 1, None)


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path))
    monkeypatch.setenv("SEQREC_TRAINING_SLOTS", "3")
    monkeypatch.setenv("SEQREC_DEVICE", "cpu")
    monkeypatch.setenv("SEQREC_TRACKING_URI", "http://127.0.0.1:5000")
    settings = Settings()
    assert (settings.data_root, settings.training_slots, settings.device) == (tmp_path, 3, "cpu")
    assert settings.tracking_uri == "http://127.0.0.1:5000"


def test_everything_lies_under_the_data_root_apart(tmp_path: Path) -> None:
    settings = Settings(data_root=tmp_path)
    places = [
        settings.store_dir,
        settings.work_dir,
        settings.vectors_dir,
        settings.catalogue_path,
        settings.mlflow_dir,
        settings.prefect_dir,
        settings.reports_dir,
    ]
    assert {place.parent for place in places} == {tmp_path}
    assert len(set(places)) == len(places)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().device = "cpu"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SEQREC_DEVICE", "tpu"), ("SEQREC_TRAINING_SLOTS", "0"), ("SEQREC_N_THREADS", "many")],
)
def test_an_ill_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        Settings()
    assert caught.value.subject == variable
    assert caught.value.got == repr(value)


def test_an_unknown_variable_names_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_DATAROOT", "/data")
    with pytest.raises(ConfigError) as caught:
        Settings()
    assert caught.value.subject == "SEQREC_DATAROOT"
    assert caught.value.remedy == "Did you mean SEQREC_DATA_ROOT?"


def test_a_writable_root_is_made_and_left_empty(tmp_path: Path) -> None:
    settings = Settings(data_root=tmp_path / "a" / "b")
    settings.check_writable()
    assert list(settings.data_root.iterdir()) == []


@pytest.mark.parametrize("data_root", ["file", "file/below", "/proc/seqrec"])
def test_a_root_that_cannot_be_written_says_which_variable_helps(tmp_path: Path, data_root: str) -> None:
    (tmp_path / "file").write_text("in the way")
    settings = Settings(data_root=tmp_path / data_root)
    with pytest.raises(StorageError, match="SEQREC_DATA_ROOT") as caught:
        settings.check_writable()
    assert caught.value.subject == str(tmp_path / data_root)
