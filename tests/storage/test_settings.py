"""Settings from the environment."""

from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from seqrec.errors import ConfigError, StorageError
from storage.catalogue import CONTENTS, Catalogue
from storage.settings import Settings
from storage.tracking import Tracker


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
    [
        ("SEQREC_DEVICE", "tpu"),
        ("SEQREC_TRAINING_SLOTS", "0"),
        ("SEQREC_TRAINING_SLOTS", "99999999999999999999"),
        ("SEQREC_PROCESSES_PER_MODEL", "100000"),
        ("SEQREC_N_THREADS", "many"),
        ("SEQREC_N_THREADS", "1000000000"),
        ("SEQREC_CHECKPOINT_EVERY_S", "nan"),
        ("SEQREC_ROWS_IN_MEMORY", "1e6"),
        ("SEQREC_DATA_ROOT", "~nobody-of-this-name/data"),
        ("SEQREC_DATA_ROOT", "/data/a?b"),
        ("SEQREC_DATA_ROOT", "/data/a*b"),
        ("SEQREC_DATA_ROOT", "/data/a[1]"),
        ("SEQREC_DATA_ROOT", "/data/a%20b"),
        ("SEQREC_DATA_ROOT", "/data/a\\b"),
        ("SEQREC_DATA_ROOT", "/data/a\nb"),
        ("SEQREC_DATA_ROOT", "/data/\udcff"),
        ("SEQREC_DATA_ROOT", "/data/" + "long/" * 80),
        ("SEQREC_TRACKING_URI", "runs"),
        ("SEQREC_TRACKING_URI", "file:///data/runs"),
        ("SEQREC_TRACKING_URI", "http://"),
        ("SEQREC_TRACKING_URI", "http://["),
        ("SEQREC_TRACKING_URI", "http://localhost:port"),
        ("SEQREC_TRACKING_URI", "sqlite://"),
        ("SEQREC_TRACKING_URI", "sqlite:///:memory:"),
        ("SEQREC_TRACKING_URI", "sqlite:////data/a?b.db"),
    ],
)
def test_an_ill_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        Settings()
    assert caught.value.subject == variable
    assert caught.value.got == repr(value)
    assert variable in caught.value.remedy


def test_an_ill_value_with_a_password_is_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_TRACKING_URI", "mongodb://me:hush@host/db")
    with pytest.raises(ConfigError) as caught:
        Settings()
    assert caught.value.got == "'mongodb://***@host/db'"


@pytest.mark.parametrize(
    "url",
    [
        "bucket/folder",
        "/mnt/x",
        "s3://",
        "file://mnt/x",
        "file:relative",
        "http://host/folder",
        "simplecache::s3://bucket",
        "s3://me:hush@bucket/folder",
        "s3://me:hush/and/more@bucket/folder",
        "s3://me:hush/bucket",
        "s3://bucket/folder?secret=hush",
        "s3://[hush",
    ],
)
def test_an_ill_remote_store_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SEQREC_REMOTE_STORE", url)
    with pytest.raises(ConfigError) as caught:
        Settings()
    assert caught.value.subject == "SEQREC_REMOTE_STORE"
    assert caught.value.got == "a value that is not shown"
    assert ("without a password" in caught.value.expected) == ("hush" in url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/folder",
        "gs://bucket",
        "abfs://container@account.dfs.core.windows.net/folder",
        "sftp://me@host:22/folder",
        "file:///mnt/x",
        "memory://",
    ],
)
def test_remote_stores(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SEQREC_REMOTE_STORE", url)
    settings = Settings()
    assert settings.remote_store == url
    assert settings.variables["SEQREC_REMOTE_STORE"] == url


def test_a_working_directory_that_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setenv("SEQREC_DATA_ROOT", "relative")
    with pytest.raises(ConfigError) as caught:
        Settings()
    monkeypatch.chdir(tmp_path)
    assert caught.value.subject == "SEQREC_DATA_ROOT"


def test_everything_works_under_any_other_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = "a  b#c&d=e+f;g:h'i\"j{k}~l$HOME@bücher-雪"
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / name))
    settings = Settings()
    settings.check_writable()
    for content in CONTENTS:
        pl.DataFrame({"n": [7]}).write_parquet(settings.data_root / f"{content}.parquet")
    Catalogue(settings.catalogue_path).register_dump("demo", [], settings.data_root, {})
    assert Catalogue(settings.catalogue_path).query("select n from interactions_demo").rows() == [(7,)]
    tracker = Tracker(settings.tracking_uri, settings.mlflow_dir)
    tracker.log_artifacts(tracker.start_run("e", "n"), settings.catalogue_path)
    assert settings.catalogue_path.is_file()
    assert (settings.mlflow_dir / "mlflow.db").is_file()
    assert len(list(settings.mlflow_dir.rglob("catalogue.duckdb"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("target", ["folder", "nowhere", "loop"])
def test_a_root_that_is_a_link(tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "link").symlink_to(tmp_path / target)
    settings = Settings(data_root=tmp_path / "link")
    if target == "folder":
        settings.check_writable()
        return
    with pytest.raises(StorageError) as caught:
        settings.check_writable()
    assert caught.value.subject == str(tmp_path / "link")


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
