"""Servers are tried first, and one that does not answer is named by its variable."""

import socket
from pathlib import Path

import pytest

from flows.probe import probe_servers
from seqrec.errors import ConfigError
from storage.settings import Settings
from tests.processes import free_port


def test_a_server_that_is_down_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"http://me:hush@127.0.0.1:{free_port()}"
    for variable, settings in (
        ("PREFECT_API_URL", Settings()),
        ("SEQREC_TRACKING_URI", Settings(tracking_uri=address)),
    ):
        with monkeypatch.context() as patch:
            if variable == "PREFECT_API_URL":
                patch.setenv(variable, f"{address}/api")
            with pytest.raises(ConfigError) as caught:
                probe_servers(settings)
        assert caught.value.subject == variable
        assert variable in caught.value.remedy
        assert "hush" not in str(caught.value)


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.probe.TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConfigError, match="does not answer"):
            probe_servers(Settings(tracking_uri=address))


def test_a_remote_store_that_cannot_be_used_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        probe_servers(Settings(remote_store=f"file://{tmp_path}/none"))
    assert caught.value.subject == "SEQREC_REMOTE_STORE"


def test_databases_need_no_answer() -> None:
    probe_servers(Settings())
