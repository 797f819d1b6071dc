"""The temporary Prefect server: on its own port, safe from the working folder, and never longer alive than its run."""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from flows.server import Server
from flows.server_database import complete
from seqrec.errors import StorageError
from storage.settings import Settings
from tests.processes import environment, until

STARTER = """
import sys
from storage.settings import Settings
from flows.environment import prepare_environment
from flows.server import start_server
settings = Settings()
prepare_environment(settings)
server = start_server(settings)
notes = []
server.wait(notes.append)
print(server._process.pid, server.url, *notes, sep="|", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data root whose Prefect database is half made, as a full disk leaves it."""
    root = tmp_path_factory.mktemp("server") / "var"
    database = root / "prefect" / "prefect.db"
    database.parent.mkdir(parents=True)
    complete(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("drop table log")
        connection.execute("update alembic_version set version_num = '9725c1cbee35'")
        connection.commit()
    return root


def start(data_root: Path, folder: Path) -> "subprocess.Popen[str]":
    """Start a process with a server, in a folder with modules of treacherous names."""
    for name in ("uvicorn", "concurrent", "prefect", "json"):
        (folder / f"{name}.py").write_text("open('executed', 'a').close()\n")
    return subprocess.Popen(
        [sys.executable, "-P", "-c", STARTER],
        env=environment(SEQREC_DATA_ROOT=data_root),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def told_by(starter: "subprocess.Popen[str]") -> tuple[psutil.Process, str, list[str]]:
    """Return the process of the server, its address, and the notes about its start."""
    assert starter.stdout is not None
    pid, url, *notes = starter.stdout.readline().strip().split("|")
    return psutil.Process(int(pid)), url, notes


def test_it_repairs_its_database_runs_nothing_of_the_working_folder_and_dies_with_its_starter(
    data_root: Path, tmp_path: Path
) -> None:
    with start(data_root, tmp_path) as first:
        server, url, notes = told_by(first)
        (note,) = notes
        assert "prefect.db.damaged-" in note
        assert httpx.get(f"{url}/health").json() is True
        # A second one finds a complete database, and another port.
        with start(data_root, tmp_path) as second:
            other, other_url, notes = told_by(second)
            assert notes == []
            assert other_url != url
            second.communicate("end\n")
            assert second.returncode == 0
            assert not other.is_running()
        assert httpx.get(f"{url}/health").json() is True
        first.send_signal(signal.SIGKILL)
    until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE, patience_s=20.0)
    assert not (tmp_path / "executed").exists()


def test_a_database_appears_only_when_it_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "prefect.db"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        with pytest.raises(StorageError) as caught:
            complete(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(file) in caught.value.subject
    assert not file.exists()
    assert complete(file) is None
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("select count(*) from flow_run").fetchone() == (0,)
    # The type of the second page, which makes it a page of no tree: Prefect would find it in the middle of a run.
    content = bytearray(file.read_bytes())
    content[4096] ^= 1
    file.write_bytes(content)
    aside = complete(file)
    assert aside is not None
    assert aside.read_bytes() == content


def test_a_limit_on_the_size_of_files_is_told_before_anything_is_started(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        with pytest.raises(StorageError, match="1,000,000 bytes for each file"):
            Server(Settings(data_root=tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "sqlite+aiosqlite:////nowhere/prefect.db")
    server = Server(Settings(data_root=tmp_path))
    with pytest.raises(StorageError) as caught:
        server.wait(lambda _: None)
    assert caught.value.got.startswith("it ended with code ")
    assert json.dumps(os.environ.get("PREFECT_API_URL")) == "null"
