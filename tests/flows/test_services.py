"""Programs in the background: started once, found again, told apart from others, and stopped with all they started."""

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from flows.programs import Program
from flows.services import ensure, stop
from seqrec.errors import ConfigError, StorageError
from storage.process_id import family_of, identity_of, running
from storage.services import Service, Services
from storage.settings import Settings
from tests.processes import free_port

SERVER = """
import subprocess, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
HTTPServer(("127.0.0.1", int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Return the settings of an empty data root, in which nothing is left running."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "small_server.py").write_text(SERVER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    settings = Settings(data_root=tmp_path / "var")
    settings.check_writable()
    yield settings
    known = Services(settings.services_dir).all().values()
    stop(settings, [service for service in known if service.state != "elsewhere"])


def program(port: int) -> Program:
    """Return a small server that has a child."""
    url = f"http://127.0.0.1:{port}"
    return Program("mlflow", ("small_server", str(port)), {}, url, url, port)


def test_it_is_started_once_and_stopped_with_its_child(settings: Settings) -> None:
    wanted = program(free_port())
    (service,) = ensure(settings, [wanted])
    assert Services(settings.services_dir).all() == {"mlflow": service}
    assert os.getsid(psutil.Process(int(service.process.split("/")[-2])).pid) != os.getsid(0)
    assert ensure(settings, [wanted]) == []
    family = family_of(service.process)
    assert len(family) == 2
    assert stop(settings, [service]) == 0
    assert running(family) == []
    assert Services(settings.services_dir).all() == {}


def test_a_half_dead_one_is_started_again_on_its_port(settings: Settings) -> None:
    wanted = program(free_port())
    (service,) = ensure(settings, [wanted])
    first, child = family_of(service.process)
    first.kill()
    first.wait()
    assert service.state == "dead"
    (again,) = ensure(settings, [wanted])
    assert again.runs
    assert running([child]) == []


def test_a_stale_record_is_no_reason_to_touch_anybody(settings: Settings) -> None:
    host, pid, _ = identity_of(os.getpid()).rsplit("/", 2)
    stale = Service("worker", f"{host}/{pid}/1", "http://127.0.0.1:1", "2026-11-30T00:00:00+00:00", Path("worker.log"))
    services = Services(settings.services_dir)
    services.add(stale)
    assert stop(settings, [stale]) == 0
    assert services.all() == {}


def test_a_taken_port_names_the_option_and_nothing_is_started(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match="--mlflow-port"):
        ensure(settings, [replace(program(free_port()), name="prefect"), program(taken.getsockname()[1])])
    assert Services(settings.services_dir).all() == {}


def test_one_that_ends_at_once_says_why(settings: Settings) -> None:
    with pytest.raises(StorageError, match="invalid literal for int") as caught:
        ensure(settings, [replace(program(free_port()), arguments=("small_server", "no number"))])
    assert "seqrec up" in caught.value.remedy


def test_another_host_is_named(settings: Settings) -> None:
    away = Service("worker", "elsewhere.example/1/1", "http://x", "2026-11-30T00:00:00+00:00", Path("worker.log"))
    Services(settings.services_dir).add(away)
    for call in (lambda: ensure(settings, []), lambda: stop(settings, [away])):
        with pytest.raises(StorageError, match=r"it was started on elsewhere\.example"):
            call()


def test_nothing_is_imported_from_the_folder_of_the_caller(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "http.py").write_text("open('executed', 'a').close()")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    ensure(settings, [program(free_port())])
    assert not (tmp_path / "executed").exists()
    assert not (settings.data_root / "executed").exists()
