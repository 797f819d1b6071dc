"""Servers as they are: OpenAI, Azure, vLLM, text-embeddings-inference, llama.cpp, Ollama, LiteLLM, Gemini and others.

The messages are those that these servers send.
"""

import json
import logging
import re
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from seqrec.errors import ConfigError
from tests.processes import free_port
from tests.seqrec.text.encoders.embeddings_server import EmbeddingsServer, Fault, vector_of
from tests.seqrec.text.encoders.test_openai import SOON, TEXTS, config_of, embed, error

Refuse = Callable[[dict], Fault | None]


def fault(status: int, message: str, **facts: object) -> Fault:
    return Fault(status, json.dumps({"error": {"message": message} | facts}), SOON)


def more_texts_than(limit: int, status: int, message: str) -> Refuse:
    return lambda request: fault(status, message) if len(request["input"]) > limit else None


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Value error, batch size is invalid, it should not be larger than 3.: input.contents"),
        (413, "input batch size 4 > maximum allowed batch size 3"),
        (422, "batch size 4 > maximum allowed batch size 3"),
        (400, "Requested 416735 tokens, max 300000 tokens per request"),
        (413, "Request Entity Too Large"),
        (
            429,
            "Request too large for text-embedding-3-small on tokens per min (TPM): Limit 1000000, Requested 1200000.",
        ),
        (500, "input is too large to process. increase the physical batch size"),
        (400, "Invalid 'input': array too long. Expected an array with maximum length 2048."),
    ],
)
def test_a_request_that_is_too_large_is_halved(endpoint: EmbeddingsServer, status: int, message: str) -> None:
    endpoint.refuse = more_texts_than(3, status, message)
    vectors = embed(config_of(endpoint, max_concurrency=1), *TEXTS)
    np.testing.assert_array_equal(vectors, np.array([vector_of(text, 8) for text in TEXTS], np.float32))
    assert [len(request["input"]) for request in endpoint.requests] == [4, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This model's maximum context length is 8192 tokens, however you requested 10738 tokens."),
        (413, "Input validation error: `inputs` must have less than 512 tokens. Given: 514"),
        (400, "the input length exceeds the context length"),
        (500, "input (992 tokens) is too large to process. increase the physical batch size"),
        (400, "Illegal param: prefill 744 tokens exceed n_ctx_per_seq"),
    ],
)
def test_the_item_of_a_text_that_is_too_long_is_named(endpoint: EmbeddingsServer, status: int, message: str) -> None:
    endpoint.refuse = lambda request: fault(status, message) if max(map(len, request["input"])) > 50 else None
    caught = error(config_of(endpoint), "a", "b", "c" * 99, "d")
    assert "for item 'i2' alone, whose text has 99 characters" in caught.got
    assert "max_chars" in caught.remedy


@pytest.mark.parametrize("accepted", ["float", None])
@pytest.mark.parametrize("status", [400, 500])
def test_a_format_that_is_refused_is_left_out(endpoint: EmbeddingsServer, status: int, accepted: str | None) -> None:
    message = "litellm.UnsupportedParamsError: gemini does not support parameters: {'encoding_format': 'base64'}"
    endpoint.refuse = lambda request: (
        fault(status, message) if request.get("encoding_format") not in {None, accepted} else None
    )
    vectors = embed(config_of(endpoint, max_concurrency=1), *TEXTS)
    np.testing.assert_array_equal(vectors, np.array([vector_of(text, 8) for text in TEXTS], np.float32))
    assert len(endpoint.requests) == 4, "one is refused, and none after it"


def without_dimensions(request: dict) -> Fault | None:
    said = (
        'Model "tiny" does not support matryoshka representation, changing output dimensions will lead to poor results.'
    )
    return fault(400, said) if "dimensions" in request else None


def test_dimensions_that_are_refused_are_left_out_if_the_model_has_them_anyway(endpoint: EmbeddingsServer) -> None:
    endpoint.refuse = without_dimensions
    assert embed(config_of(endpoint, dimensions=8), *TEXTS).shape == (10, 8)
    caught = error(config_of(endpoint, dimensions=3), "a")
    assert (caught.got, caught.expected) == ("vectors of 8 numbers", "dimensions = 3")


def refuses_both(request: dict) -> Fault | None:
    refused = next((name for name in ("dimensions", "encoding_format") if name in request), None)
    return fault(400, f"Unrecognized request argument supplied: {refused}") if refused else None


def test_a_server_may_refuse_both(endpoint: EmbeddingsServer) -> None:
    endpoint.refuse = refuses_both
    assert embed(config_of(endpoint, dimensions=8), "a").shape == (1, 8)


@pytest.mark.parametrize(
    "strip",
    [
        lambda row: {name: value for name, value in row.items() if name != "index"},
        lambda row: row | {"index": 0},
        lambda row: row | {"index": None},
        lambda row: {name: value for name, value in row.items() if name != "index" or value},
    ],
    ids=["no index", "always 0", "always null", "none where it is 0"],
)
def test_rows_without_an_index_are_in_order(endpoint: EmbeddingsServer, strip: Callable[[dict], dict]) -> None:
    endpoint.edit = lambda rows: [strip(row) for row in rows]
    np.testing.assert_array_equal(
        embed(config_of(endpoint), *TEXTS), np.array([vector_of(text, 8) for text in TEXTS], np.float32)
    )


def test_azure_takes_its_version_from_the_query_and_the_key_from_its_own_header(endpoint: EmbeddingsServer) -> None:
    for path in ("/openai", "/openai/deployments/tiny"):
        base_url = endpoint.base_url.replace("/v1", path) + "?api-version=2024-10-21"
        assert embed(config_of(endpoint, base_url=base_url), "a").shape == (1, 8)
    assert endpoint.paths == ["/openai/deployments/tiny/embeddings?api-version=2024-10-21"] * 2


@pytest.mark.parametrize("body", ['{"object": "list", "data": [{"index": 0, "embe', "", "  ", "[1,"])
def test_an_answer_that_breaks_off_is_asked_for_again(
    endpoint: EmbeddingsServer, body: str, caplog: pytest.LogCaptureFixture, no_waits: list[float]
) -> None:
    endpoint.faults = [Fault(200, body)]
    assert embed(config_of(endpoint), "a").shape == (1, 8)
    assert len(endpoint.requests) == 2
    assert "not complete" in caplog.text, "a wait says what it waits for"
    endpoint.faults = [Fault(200, body)] * 9
    caught = error(config_of(endpoint, max_tries=2), "a")
    assert "not complete" in caught.got
    assert len(endpoint.requests) == 4


@pytest.mark.parametrize(
    "spent",
    [
        fault(429, "You exceeded your current quota, please check your plan.", type="insufficient_quota"),
        fault(402, "Insufficient Balance"),
        fault(429, "no", code="insufficient_quota"),
        fault(403, "Your credit balance is too low."),
    ],
)
def test_a_quota_that_is_used_up_does_not_come_back_with_time(endpoint: EmbeddingsServer, spent: Fault) -> None:
    endpoint.faults = [spent]
    caught = error(config_of(endpoint), "a")
    assert "Add credit" in caught.remedy
    assert "later" not in caught.remedy
    assert len(endpoint.requests) == 1


def test_a_rate_limit_is_waited_for(endpoint: EmbeddingsServer, caplog: pytest.LogCaptureFixture) -> None:
    said = "Rate limit reached for text-embedding-3-small on tokens per min (TPM): Limit 1000000, Used 999000."
    endpoint.faults = [fault(429, said)]
    assert embed(config_of(endpoint), "a").shape == (1, 8)
    assert "Rate limit reached" in caplog.text
    assert "trying again in" in caplog.text


def test_a_wait_of_minutes_is_not_begun(endpoint: EmbeddingsServer) -> None:
    endpoint.faults = [Fault(429, headers={"Retry-After": "3600"})]
    assert "Run it again later" in error(config_of(endpoint), "a").remedy
    assert len(endpoint.requests) == 1


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the waits, which take no time."""
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waits.append))
    return waits


def test_waits_double(endpoint: EmbeddingsServer, no_waits: list[float]) -> None:
    endpoint.faults = [Fault(500)] * 9
    error(config_of(endpoint), "a")
    assert len(no_waits) == 5
    assert all(low <= wait <= low + 0.5 for low, wait in zip([0.5, 1, 2, 4, 7.5], no_waits, strict=True))


def test_a_host_that_does_not_exist(endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    caught = error(config_of(endpoint, base_url="http://nowhere.invalid/v1", max_tries=1), "a")
    assert "Name or service not known" in caught.got
    assert "host name in base_url" in caught.remedy


@contextmanager
def speaking_tls(certificate: Path) -> Iterator[int]:
    """Run a server that speaks TLS with a certificate that nobody knows, and yield its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()
        listening.settimeout(0.02)

        def serve() -> None:
            while not stop.is_set():
                try:
                    with listening.accept()[0] as connection:
                        connection.settimeout(10)
                        context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        stop.set()
        thread.join()


def test_a_certificate_that_nobody_knows(endpoint: EmbeddingsServer, tmp_path: Path, no_waits: list[float]) -> None:
    certificate = tmp_path / "self-signed.pem"
    certificate.write_text(self_signed())
    with speaking_tls(certificate) as port:
        caught = error(config_of(endpoint, base_url=f"https://localhost:{port}/v1"), "a")
    assert "CERTIFICATE_VERIFY_FAILED" in caught.got
    assert "SSL_CERT_FILE" in caught.remedy
    assert not no_waits, "another try would not help"


def self_signed() -> str:
    """Return a certificate of `localhost` with its key, in PEM."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, *form)
    return (private + certificate.public_bytes(serialization.Encoding.PEM)).decode()


@pytest.fixture
def no_bypass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the list of hosts that are reached without a proxy."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "socks5://127.0.0.1:1"])
def test_this_machine_is_reached_without_a_proxy(
    endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch, no_bypass: None, proxy: str
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    assert embed(config_of(endpoint), "a").shape == (1, 8)


def test_a_proxy_that_is_down_is_named(
    endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch, no_bypass: None
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter2@127.0.0.1:{free_port()}")
    caught = error(config_of(endpoint, base_url="https://api.example/v1", max_tries=1), "a")
    assert "through the proxy in HTTPS_PROXY" in caught.got
    assert "refused" in caught.got
    assert "HTTPS_PROXY" in caught.remedy
    assert "hunter2" not in str(caught)


def test_a_proxy_that_can_not_be_used_is_named(
    endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch, no_bypass: None
) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1")
    with pytest.raises(ConfigError) as caught:
        embed(config_of(endpoint, base_url="https://api.example/v1"), "a")
    assert caught.value.subject == "ALL_PROXY"


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("hunter2-first\nsecond", "a line break"),
        ("hunter2-first\r\nsecond", "a line break"),
        ("hunter2 second", "a blank"),
        ("“hunter2”", "a typographic quote (U+201C)"),
        ("hunter2\u2019", "a typographic quote (U+2019)"),
        ("„hunter2“", "a typographic quote (U+201E)"),
        ('"hunter2"', "quotes around it"),
        ("'hunter2'", "quotes around it"),
        ("hunter2-é", "a character outside ASCII (U+00E9)"),
        ("hunter2\u200b", "a character outside ASCII (U+200B)"),
        ("hunter2\x07", "a character outside ASCII (U+0007)"),
    ],
)
def test_a_key_that_was_copied_badly_is_recognised_and_not_shown(
    endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, key: str, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_KEY", key)
    caught = error(config_of(endpoint, api_key_env="MY_KEY"), "a")
    assert fault in caught.got
    assert "MY_KEY" in caught.got
    assert "hunter2" not in caplog.text + "".join(traceback.format_exception(caught))
    assert not endpoint.requests


def test_white_space_around_a_key_is_dropped(endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {endpoint.key}\n")
    assert embed(config_of(endpoint), "a").shape == (1, 8)


def test_another_key_that_a_server_repeats_is_not_shown(
    endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_API_KEY", "other-hunter2-key")
    endpoint.faults = [fault(400, "upstream refused other-hunter2-key and sk-proj-abcdef0123456789")]
    caught = error(config_of(endpoint), "a")
    assert re.search(r"upstream refused \*\*\* and \*\*\*", caught.got)
