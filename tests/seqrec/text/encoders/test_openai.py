import logging
import socket
import traceback
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from seqrec.config.validation import choose
from seqrec.errors import BudgetError, ConfigError, EndpointError
from seqrec.text.encoders import ENCODERS
from seqrec.text.encoders.base import EmbeddedBatch, assemble
from seqrec.text.encoders.openai import Config
from seqrec.types import Texts
from tests.seqrec.text.encoders.embeddings_server import EmbeddingsServer, Fault, vector_of

HERE = Path()
TEXTS = tuple(f"text {i}" for i in range(10))
SOON = {"Retry-After": "0.02"}


def config_of(endpoint: EmbeddingsServer, **fields: object) -> Config:
    return Config.model_validate({"model": "tiny", "base_url": endpoint.base_url, "batch_size": 4} | fields)


def texts_of(*texts: str) -> Texts:
    return Texts(np.array([f"i{i}" for i in range(len(texts))], object), texts, np.zeros(len(texts), bool))


def embed(config: Config, *texts: str) -> np.ndarray:
    return assemble(config.embed(texts_of(*texts), HERE), len(texts)).values


def error(config: Config, *texts: str) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        embed(config, *(texts or TEXTS))
    return caught.value


@pytest.mark.parametrize("speaks_base64", [True, False])
def test_gives_the_endpoint_s_vectors_in_order(endpoint: EmbeddingsServer, speaks_base64: bool) -> None:
    endpoint.base64 = speaks_base64
    endpoint.edit = lambda rows: rows[::-1]
    np.testing.assert_array_equal(
        embed(config_of(endpoint), *TEXTS), np.array([vector_of(text, 8) for text in TEXTS], np.float32)
    )
    assert sorted(len(request["input"]) for request in endpoint.requests) == [2, 4, 4]
    assert {request["model"] for request in endpoint.requests} == {"tiny"}
    assert "dimensions" not in endpoint.requests[0]


def test_requests_dimensions(endpoint: EmbeddingsServer) -> None:
    assert embed(config_of(endpoint, dimensions=3), "a").shape == (1, 3)
    assert endpoint.requests[0]["dimensions"] == 3


def test_waits_as_long_as_the_endpoint_says(endpoint: EmbeddingsServer) -> None:
    endpoint.faults = [Fault(429, headers={"Retry-After": "1"})]
    assert embed(config_of(endpoint), "a").shape == (1, 8)
    # The library itself would wait half as long.
    assert endpoint.times_s[1] - endpoint.times_s[0] > 0.95


def test_outlasts_server_errors(endpoint: EmbeddingsServer) -> None:
    endpoint.faults = [Fault(500, headers=SOON), Fault(503, headers=SOON), Fault(429, headers=SOON)]
    assert embed(config_of(endpoint), "a").shape == (1, 8)
    assert len(endpoint.requests) == 4


@pytest.mark.parametrize("status", [429, 500])
def test_gives_up_after_the_last_try(endpoint: EmbeddingsServer, status: int) -> None:
    endpoint.faults = [Fault(status, headers=SOON)] * 9
    caught = error(config_of(endpoint, max_tries=3), "a")
    assert caught.subject == f"model 'tiny' at {endpoint.base_url}"
    assert str(status) in caught.got
    assert "the answers so far are kept" in caught.remedy
    assert len(endpoint.requests) == 3


def test_an_endpoint_that_is_down(endpoint: EmbeddingsServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    caught = error(config_of(endpoint, base_url=f"http://127.0.0.1:{port}/v1", max_tries=2), "a")
    assert f":{port}/v1" in caught.subject
    assert "Connection error" in caught.got
    assert "endpoint is up" in caught.remedy


def test_an_endpoint_that_does_not_answer(endpoint: EmbeddingsServer) -> None:
    endpoint.hang_after = 0
    caught = error(config_of(endpoint, max_tries=1, timeout_s=0.1), "a")
    assert "timed out" in caught.got
    assert "timeout_s" in caught.remedy


def test_a_wrong_key_is_named_by_its_variable_only(
    endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", "wrong-secret-456")
    caplog.set_level(logging.DEBUG)
    config = config_of(endpoint, api_key_env="MY_KEY")
    caught = error(config, "a")
    assert "401" in caught.got
    assert "Bearer ***" in caught.got, "this endpoint quotes the key"
    assert "MY_KEY" in caught.remedy
    assert len(endpoint.requests) == 1, "another try would not help"
    shown = "".join([caplog.text, *traceback.format_exception(caught), repr(config), config.model_dump_json()])
    assert "wrong-secret-456" not in shown


def test_the_key_is_in_no_log(endpoint: EmbeddingsServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    embed(config_of(endpoint), *TEXTS)
    assert "embeddings" in caplog.text, "the client's own log is on"
    assert endpoint.key not in caplog.text


def test_without_a_key(endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    caught = error(config_of(endpoint))
    assert caught.got == "no environment variable OPENAI_API_KEY"
    assert not endpoint.requests


def test_a_refusal_is_not_tried_again(endpoint: EmbeddingsServer) -> None:
    endpoint.faults = [Fault(404, '{"error": {"message": "no model tiny"}}')]
    caught = error(config_of(endpoint), "a")
    assert "no model tiny" in caught.got
    assert "Check model, and that base_url ends before /embeddings" in caught.remedy
    assert len(endpoint.requests) == 1


def test_the_wrong_width(endpoint: EmbeddingsServer) -> None:
    endpoint.edit = lambda rows: [row | {"embedding": [0.5] * 5} for row in rows]
    caught = error(config_of(endpoint, dimensions=3))
    assert (caught.got, caught.expected) == ("vectors of 5 numbers", "dimensions = 3")


@pytest.mark.parametrize(
    ("edit", "got"),
    [
        (lambda rows: rows[:-1], "3 vectors for 4 texts"),
        (lambda rows: [*rows, rows[0]], "5 vectors for 4 texts"),
        (lambda rows: [row | {"index": row["index"] // 2} for row in rows], "not for one text each"),
        (lambda rows: [row | {"index": str(row["index"])} for row in rows], "not for one text each"),
        (lambda rows: [], "0 vectors for 4 texts"),
        (lambda rows: None, "no list of data"),
        (lambda rows: [row | {"embedding": [1.0] * (1 + row["index"])} for row in rows], "a different form"),
        (lambda rows: [row | {"embedding": "a b"} for row in rows], "neither lists nor base64"),
        (lambda rows: [row | {"embedding": "AAA="} for row in rows], "a different form"),
        (lambda rows: [{"index": row["index"]} for row in rows], "'embedding'"),
        (lambda rows: [row | {"embedding": []} for row in rows], "no numbers in the vectors"),
        (lambda rows: [row | {"embedding": None} for row in rows], "no numbers in the vectors"),
    ],
)
def test_an_unusable_answer(endpoint: EmbeddingsServer, edit: object, got: str) -> None:
    endpoint.edit, endpoint.base64 = edit, False
    caught = error(config_of(endpoint), *TEXTS[:4])
    assert got in caught.got
    assert caught.expected == "one vector per text"
    assert len(endpoint.requests) == 1, "another try would not help"


@pytest.mark.parametrize("number", [0.0, float("nan"), float("inf"), None])
def test_a_vector_that_says_nothing_is_refused_and_the_others_are_kept(
    endpoint: EmbeddingsServer, number: float | None
) -> None:
    endpoint.base64 = False
    endpoint.edit = lambda rows: [row | ({"embedding": [number] * 8} if row["index"] == 2 else {}) for row in rows]
    kept: list[EmbeddedBatch] = []
    with pytest.raises(EndpointError) as caught:
        kept.extend(config_of(endpoint).embed(texts_of(*TEXTS[:4]), HERE))
    assert caught.value.subject == f"model 'tiny' at {endpoint.base_url}"
    assert caught.value.got == "a vector of zeros, NaN or infinity for item 'i2'"
    assert "'text 2'" in caught.value.remedy
    assert [batch.positions.tolist() for batch in kept] == [[0, 1, 3]]


def test_a_zero_among_the_numbers_is_no_zero_vector(endpoint: EmbeddingsServer) -> None:
    endpoint.edit = lambda rows: [row | {"embedding": [0.0] * 7 + [1.0]} for row in rows]
    assert embed(config_of(endpoint), "a").shape == (1, 8)


@pytest.mark.parametrize(
    "body", ["<html>hello</html>", '{"data": 3}', "{}", '{"error": {"message": "slow down"}}', "[]", "3"]
)
def test_not_an_embeddings_api(endpoint: EmbeddingsServer, body: str) -> None:
    endpoint.faults = [Fault(200, body)]
    caught = error(config_of(endpoint), "a")
    assert "/v1" in caught.remedy
    assert ("slow down" in caught.got) == ("slow down" in body)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("limit", [1, 3])
def test_concurrency_is_bounded(endpoint: EmbeddingsServer, limit: int) -> None:
    endpoint.delay_s = 0.03
    embed(config_of(endpoint, batch_size=1, max_concurrency=limit), *TEXTS)
    assert endpoint.max_busy == limit


def test_a_failure_ends_the_sending_but_loses_nothing_paid(endpoint: EmbeddingsServer) -> None:
    endpoint.faults = [Fault(400)]
    config = config_of(endpoint, batch_size=1, max_concurrency=2)
    kept: list[EmbeddedBatch] = []
    with pytest.raises(EndpointError, match="400"):
        kept.extend(config.embed(texts_of(*TEXTS * 5), HERE))
    assert 1 <= len(kept) == len(endpoint.requests) - 1 < 20


def test_a_consumer_that_stops_ends_the_sending(endpoint: EmbeddingsServer) -> None:
    endpoint.delay_s = 0.01
    batches = config_of(endpoint, batch_size=1, max_concurrency=2).embed(texts_of(*TEXTS * 5), HERE)
    next(batches)
    batches.close()
    assert len(endpoint.requests) < 10


def test_nothing_is_sent_over_budget(endpoint: EmbeddingsServer) -> None:
    config = config_of(endpoint, usd_per_million_tokens=1000.0, budget_usd=0.009)
    with pytest.raises(BudgetError) as caught:
        embed(config, "abcd" * 5, "abcd" * 5)
    assert caught.value.got == "about 10 tokens in 2 texts, 0.0100 USD"
    assert caught.value.expected == "at most 0.0090 USD; nothing was sent"
    assert not endpoint.requests


def test_within_budget(endpoint: EmbeddingsServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "seqrec")
    config = config_of(endpoint, usd_per_million_tokens=1000, budget_usd=0.010)
    assert embed(config, "abcd" * 5, "abcd" * 5).shape == (2, 8)
    assert "about 10 tokens, 0.0100 USD" in caplog.text


def test_the_prefix_precedes_each_text_and_is_paid_for(endpoint: EmbeddingsServer) -> None:
    vectors = embed(config_of(endpoint, prefix="passage: "), "a", "b")
    np.testing.assert_array_equal(vectors, np.array([vector_of(f"passage: {text}", 8) for text in "ab"], np.float32))
    with pytest.raises(BudgetError, match="about 6 tokens in 2 texts"):
        embed(config_of(endpoint, prefix="passage: ", usd_per_million_tokens=1, budget_usd=1e-9), "a", "b")


def test_identity_is_what_changes_vectors(endpoint: EmbeddingsServer) -> None:
    config, texts = config_of(endpoint), texts_of("a")
    identity = config.identity(texts, HERE)
    for same in ({"batch_size": 1}, {"max_concurrency": 1}, {"timeout_s": 1}, {"usd_per_million_tokens": 1}):
        assert config_of(endpoint, **same).identity(texts, HERE) == identity
    others = ({"model": "big"}, {"dimensions": 3}, {"base_url": "http://other/v1"}, {"prefix": "passage: "})
    assert len({config_of(endpoint, **other).identity(texts, HERE) for other in others} | {identity}) == 5


def test_identity_outlasts_new_keys_and_versions() -> None:
    """Vectors that were paid for under an earlier version are still found."""
    texts = texts_of("a")
    assert Config(model="text-embedding-3-small", dimensions=256).identity(texts, HERE) == "89d66390d90012806f14"
    azure = "https://x.openai.azure.com/openai/deployments/small"
    versions = [Config(model="m", base_url=f"{azure}{query}") for query in ("", "?api-version=2024-10-21")]
    assert len({config.identity(texts, HERE) for config in versions}) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"budget_usd": 1.0}, "budget_usd needs usd_per_million_tokens"),
        ({"base_url": "localhost:8000"}, "without http"),
        ({"base_url": "http://localhost:port/v1"}, "wrong port"),
        ({"base_url": "http://localhost:99999/v1"}, "wrong port"),
        ({"base_url": "http:///v1"}, "without a host"),
        ({"base_url": "http://[/v1"}, "without a host"),
        ({"api_key": "sk-123"}, "Extra inputs are not permitted"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": 4096}, "batch_size"),
    ],
)
def test_refuses(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Config.model_validate({"model": "m"} | fields)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://user:hunter2@host/v1",
        "http://hunter2@host/v1",
        "https://host/v1?code=hunter2",
        "https://host/v1?api-version=1&key=hunter2",
        "https://host/v1#hunter2",
        "https://host/ hunter2/v1",
        "https://host/sk-proj-hunter20123456789abc/v1",
        "https://host/a-key-in-hunter2/v1",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_shown(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_API_KEY", "a-key-in-hunter2")
    with pytest.raises(ValidationError, match="not shown") as caught:
        Config(model="m", base_url=base_url)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigError) as refused:
        choose(ENCODERS, {"name": "openai", "model": "m", "base_url": base_url}, "encoder", {})
    assert "base_url" in refused.value.subject
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))
