"""The records of what runs in the background."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seqrec.errors import StorageError
from storage.process_id import current_process, identity_of
from storage.services import Name, Service, Services


def service(folder: Path, process: str, name: Name = "mlflow") -> Service:
    """Return a record of a service that was started two minutes ago."""
    started_at = (datetime.now(UTC) - timedelta(minutes=2)).isoformat()
    return Service(name, process, "http://127.0.0.1:5001", started_at, folder / "mlflow.log")


def test_a_record_is_read_as_it_was_written_until_it_is_removed(tmp_path: Path) -> None:
    services = Services(tmp_path / "services")
    assert services.all() == {}
    known = service(tmp_path, current_process())
    services.add(known)
    assert services.all() == {"mlflow": known}
    assert known.port == 5001
    assert 120.0 <= known.age_s < 720.0
    services.remove("mlflow")
    services.remove("mlflow")
    assert services.all() == {}


def test_a_service_runs_is_dead_or_can_not_be_looked_at(tmp_path: Path) -> None:
    host, pid, _ = identity_of(os.getpid()).rsplit("/", 2)
    states = {
        current_process(): "runs",
        # The id of a process that has ended belongs to another one now.
        f"{host}/{pid}/1": "dead",
        f"elsewhere.example/{pid}/1": "elsewhere",
    }
    services = Services(tmp_path)
    for process, state in states.items():
        known = service(tmp_path, process)
        assert known.state == state
        services.add(known)
        assert services.url("mlflow") == (known.url if state == "runs" else None)
    assert services.url("prefect") is None


def test_the_end_of_a_log(tmp_path: Path) -> None:
    known = service(tmp_path, current_process())
    assert known.last_lines(2) == []
    known.log.write_bytes(b"one\n\ntwo \n\xff three\n\n")
    assert known.last_lines(2) == ["two", "\ufffd three"]


def test_the_services_of_a_copied_root_belong_to_the_original(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    known = service(original / "logs", current_process())
    Services(original / "services").add(known)
    shutil.copytree(original, copy)
    assert Services(copy / "services").all() == {}
    assert Services(original / "services").all() == {"mlflow": known}
    # A root that is moved takes its services along.
    moved = original.rename(tmp_path / "moved")
    assert Services(moved / "services").all() == {"mlflow": known}


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "worker.json").write_text('{"name": "worker"}')
    with pytest.raises(StorageError, match=r"worker\.json") as caught:
        Services(tmp_path).all()
    assert "folder" not in caught.value.remedy, "other services have their records there"
