"""A server with one file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.download.fetching import BODY, PATH
from tests.storage.download.file_server import FileServer, running


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Skip the certificates of the machine: loopback needs none, and reading them takes longer than a transfer."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Start the server."""
    for server in running(monkeypatch):
        server.files[PATH] = BODY
        yield server
