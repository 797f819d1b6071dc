"""Servers that refuse, are down, or redirect; proxies and certificates."""

from pathlib import Path

import pytest

from seqrec.datasets.sources import Source
from seqrec.errors import ConfigError, DownloadError
from tests.processes import free_port
from tests.storage.download.fetching import BODY, CUT, PATH, TRIES, get, refusal, source_of, visible
from tests.storage.download.file_server import Fault, FileServer


@pytest.mark.parametrize(
    ("status", "remedy"), [(404, "moved"), (410, "moved"), (418, "moved"), (401, "browser"), (403, "browser")]
)
def test_a_permanent_error_is_raised_at_once(server: FileServer, tmp_path: Path, status: int, remedy: str) -> None:
    server.faults = [Fault(status)]
    error = refusal(server, tmp_path)
    assert str(status) in error.got
    assert remedy in error.remedy
    assert len(server.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_dead_host(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/dump.gz"
    with pytest.raises(DownloadError, match="refused") as caught:
        get(Source(url), tmp_path)
    assert caught.value.subject == url
    assert "HTTPS_PROXY" in caught.value.remedy


def test_a_silent_host(server: FileServer, tmp_path: Path) -> None:
    server.faults = [Fault(hang_after=CUT)]
    error = refusal(server, tmp_path, tries=1, timeout_s=0.2)
    assert error.got == "no answer in time"
    assert visible(tmp_path) == {"dump.gz.part": BODY[:CUT]}


def test_a_short_body(server: FileServer, tmp_path: Path) -> None:
    server.faults = [Fault(cut_after=0)] * 3
    assert "without sending complete message body" in refusal(server, tmp_path).got


def test_a_file_that_lies_elsewhere(server: FileServer, tmp_path: Path) -> None:
    server.files["/new/place"] = BODY
    server.faults = [
        Fault(302, {"Location": "/new/place"}),
        Fault(cut_after=CUT),
        Fault(302, {"Location": "/new/place"}),
    ]
    get(source_of(server), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}
    assert server.requested_ranges == [None, None, f"bytes={CUT}-", f"bytes={CUT}-"]


def test_redirects_in_circles(server: FileServer, tmp_path: Path) -> None:
    server.faults = [Fault(302, {"Location": "/data/dump.gz"})] * 9
    assert "redirects" in refusal(server, tmp_path).got
    assert len(server.requests) == 6


def test_a_redirection_can_not_lead_off_https(server: FileServer, tmp_path: Path) -> None:
    server.faults = [Fault(302, {"Location": "http://dumps.example/dump.gz"})]
    with pytest.raises(DownloadError, match="an unencrypted address") as caught:
        get(source_of(server), tmp_path)
    assert caught.value.subject == "http://dumps.example/dump.gz"


@pytest.mark.parametrize("url", ["http://dumps.example/a.gz", "ftp://127.0.0.1/a.gz", "http://8.8.8.8/a.gz"])
def test_only_https_is_spoken_with_others(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="https") as caught:
        get(Source(url), tmp_path)
    assert caught.value.subject == url
    assert visible(tmp_path) == {}


def test_a_proxy_of_the_environment_is_used(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("https_proxy", server.url)
    with pytest.raises(DownloadError, match="501"):
        get(Source("https://dumps.example/dump.gz"), tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_without_a_proxy(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    get(Source(source_of(server).url.replace("127.0.0.1", host)), tmp_path)
    assert visible(tmp_path) == {"dump.gz": BODY}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("HTTPS_PROXY", "gopher://127.0.0.1"),
        ("all_proxy", "socks5://127.0.0.1:1"),
        ("NO_PROXY", "a:b:c"),
    ],
)
def test_an_environment_that_can_not_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        get(Source("https://dumps.example/dump.gz"), tmp_path)
    assert caught.value.subject == variable


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "text/html; charset=utf-8"}, b"Please log in"),
        ({}, b"<!DOCTYPE html><title>Log in</title>"),
        ({"Content-Type": "application/gzip"}, b"\n <HTML><body>Not found</body></HTML>"),
    ],
)
def test_a_page_in_place_of_the_file(server: FileServer, tmp_path: Path, headers: dict[str, str], body: bytes) -> None:
    server.files[PATH] = body
    server.faults = [Fault(headers=headers)]
    error = refusal(server, tmp_path)
    assert error.got == "a web page, as for a login"
    assert "browser" in error.remedy
    assert visible(tmp_path) == {}
    assert len(server.requests) == 1


@pytest.mark.parametrize("lengths", [True, False])
def test_an_empty_body_is_no_file(server: FileServer, tmp_path: Path, lengths: bool) -> None:
    server.files[PATH], server.lengths = b"", lengths
    assert refusal(server, tmp_path).got == "an empty answer"
    assert len(server.requests) == TRIES
    server.files[PATH] = BODY
    assert get(source_of(server), tmp_path).fresh
