"""Proxies and certificates of the environment."""

import os

import httpx
import pytest

from seqrec.errors import ConfigError
from seqrec.network import bypass_loopback, check_certificates, check_proxies, is_loopback, proxy_variable

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the proxies of the machine; what a test sets is removed after it."""
    for name in PROXIES:
        for spelt in (name, name.upper()):
            monkeypatch.setenv(spelt, "")
            monkeypatch.delenv(spelt)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PROXY", "gopher://127.0.0.1"),
        ("https_proxy", "http://me:hunter2@host:port"),
        ("ALL_PROXY", "socks5://me:hunter2@127.0.0.1:1080"),
        ("all_proxy", "socks4://127.0.0.1"),
        ("NO_PROXY", "a:b:c"),
    ],
)
def test_a_proxy_that_can_not_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        check_proxies()
    assert caught.value.subject == name
    assert name in caught.value.remedy
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["", "http://127.0.0.1:3128", "proxy.example:3128", "https://me:secret@proxy.example"]
)
def test_a_proxy_that_can_be_used_is_accepted(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for name in PROXIES[:3]:
        monkeypatch.setenv(name, value)
    check_proxies()


@pytest.mark.parametrize("file", ["/nowhere/ca.pem", "/etc/passwd", "/"])
def test_certificates_that_can_not_be_read_are_named(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", file)
    with pytest.raises(ConfigError) as caught:
        check_certificates()
    assert caught.value.subject == "SSL_CERT_FILE"
    assert file in caught.value.got


@pytest.mark.parametrize(("before", "after"), [("", ""), ("a.example, b.example", "a.example,b.example,"), ("*", "*,")])
def test_this_machine_is_added_to_the_hosts_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setenv("NO_PROXY", before)
    monkeypatch.setenv("no_proxy", "")
    bypass_loopback()
    bypass_loopback()
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == f"{after}localhost,127.0.0.1,::1"


def test_libraries_reach_this_machine_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    from requests.utils import get_environ_proxies

    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    bypass_loopback()
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert not get_environ_proxies(f"http://{host}:4200/api", no_proxy=None)
        with httpx.Client() as client:
            assert client._transport_for_url(httpx.URL(f"http://{host}:4200/api")) is client._transport


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.example/v1", "HTTPS_PROXY"),
        ("http://api.example/v1", "all_proxy"),
        ("http://127.0.0.1:8000/v1", None),
        ("http://[::1]:8000/v1", None),
        ("https://inside.example/v1", None),
    ],
)
def test_the_variable_of_a_proxy(monkeypatch: pytest.MonkeyPatch, url: str, name: str | None) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://p:1")
    monkeypatch.setenv("all_proxy", "http://p:2")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    assert proxy_variable(url) == name
    assert is_loopback(url) == ("[::1]" in url or "127.0.0.1" in url)
