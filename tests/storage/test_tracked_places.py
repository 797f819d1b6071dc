"""A data root that is moved or copied takes the places of MLflow's files along."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient

from seqrec.errors import StorageError
from storage.registry import CHAMPION, Registry
from storage.tracking import Tracker
from storage.tracking_client import TrackingClient
from tests.read_only import read_only


def uri(root: Path) -> str:
    return f"sqlite:///{root}/mlflow/mlflow.db"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data root with a run, its file, a model and a champion with a twin, named so that URIs quote it."""
    root = tmp_path_factory.mktemp("places") / "an original"
    tracker = Tracker(uri(root), root / "mlflow")
    run_id = tracker.start_run("shop", "run")
    (root / "note").write_text("kept")
    tracker.log_artifacts(run_id, root / "note")
    tracker.finish(run_id)
    client = MlflowClient(uri(root))
    model = client.create_logged_model(client.get_run(run_id).info.experiment_id, "model", run_id)
    client.log_model_artifacts(model.model_id, str(root / "mlflow" / run_id / "artifacts"))
    client.create_registered_model("shop")
    place = model.artifact_location
    client.create_model_version("shop", place, run_id, tags={"seqrec.twin": place}, model_id=model.model_id)
    client.set_registered_model_alias("shop", CHAMPION, "1")
    return root


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "copy"))


def recorded(root: Path, folder: Path) -> list[str]:
    """Return the tables and columns with a text that begins with a place in `folder`."""
    found = []
    with closing(sqlite3.connect(root / "mlflow" / "mlflow.db")) as connection:
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            for _, column, *_ in connection.execute(f'pragma table_info("{table}")').fetchall():
                query = f'select count(*) from "{table}" where substr("{column}", 1, ?) = ?'
                start = folder.as_uri()
                if connection.execute(query, [len(start), start]).fetchone()[0]:
                    found.append(f"{table}.{column}")
    return sorted(found)


def test_a_copy_leads_to_its_own_files(original: Path, copy: Path) -> None:
    places = recorded(original, original)
    assert len(places) == 6
    champion = Registry(uri(copy), copy / "mlflow").find("shop", CHAMPION)
    assert champion is not None
    assert champion.source.startswith(f"{copy.as_uri()}/")
    assert champion.tags["seqrec.twin"] == champion.source
    assert (recorded(copy, original), recorded(copy, copy)) == ([], places)
    assert recorded(original, original) == places
    # What is tracked from now on lies there too.
    tracker = Tracker(uri(copy), copy / "mlflow")
    run_id = tracker.start_run("shop", "next")
    tracker.log_artifacts(run_id, copy / "note")
    assert (copy / "mlflow" / run_id / "artifacts" / "note").read_text() == "kept"
    assert not (original / "mlflow" / run_id).exists()


def test_a_root_that_was_moved_takes_them_along(copy: Path, tmp_path: Path) -> None:
    Registry(uri(copy), copy / "mlflow").find("shop", CHAMPION)
    moved = copy.rename(tmp_path / "moved")
    champion = Registry(uri(moved), moved / "mlflow").find("shop", CHAMPION)
    assert champion is not None
    assert champion.source.startswith(f"{moved.as_uri()}/")
    assert recorded(moved, copy) == []


def test_a_link_to_a_root_is_no_copy(original: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(original)
    places = recorded(original, original)
    Registry(uri(link), link / "mlflow").find("shop", CHAMPION)
    assert recorded(original, original) == places


def test_a_copy_without_all_files_names_both_places(original: Path, copy: Path) -> None:
    shutil.rmtree(copy / "mlflow" / "models")
    with pytest.raises(StorageError, match="1 of 2 recorded folders") as caught:
        Registry(uri(copy), copy / "mlflow").find("shop", CHAMPION)
    assert str(original / "mlflow") in caught.value.got
    assert str(copy / "mlflow") in caught.value.expected


def test_runs_of_another_root_that_are_tracked_here_stay_there(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "mlflow"
    guest = Tracker(uri(copy), other)
    run_id = guest.start_run("theirs", "run")
    guest.log_artifacts(run_id, copy / "note")
    Registry(uri(copy), copy / "mlflow").find("shop", CHAMPION)
    assert recorded(copy, other) == ["experiments.artifact_location", "runs.artifact_uri"]


def test_what_can_only_be_read_is_read_unless_its_places_are_old(original: Path, copy: Path) -> None:
    with read_only(copy), pytest.raises(StorageError, match="moved or copied") as caught:
        Registry(uri(copy), copy / "mlflow").find("shop", CHAMPION)
    assert str(original / "mlflow") in caught.value.got
    Registry(uri(copy), copy / "mlflow").find("shop", CHAMPION)
    with read_only(copy):
        champion = Registry(uri(copy), copy / "mlflow").find("shop", CHAMPION)
        with pytest.raises(StorageError):
            Tracker(uri(copy), copy / "mlflow").start_run("shop", "run")
    assert champion is not None


def test_a_database_elsewhere_names_a_place_that_is_gone(copy: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved" / "mlflow"
    Registry(uri(copy), copy / "mlflow").find("shop", CHAMPION)
    database = f"sqlite:///{shutil.copy(copy / 'mlflow' / 'mlflow.db', tmp_path)}"
    (copy / "mlflow").rename(copy / "away")
    with pytest.raises(StorageError, match="does not exist") as caught:
        TrackingClient(database, moved).check_experiment("shop")
    assert str(copy / "mlflow") in caught.value.got
    assert str(moved) in caught.value.expected
