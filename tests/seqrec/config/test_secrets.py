"""Secrets in configurations are refused before they are copied anywhere."""

import traceback
from pathlib import Path

import pytest

from seqrec.config.secrets import refuse_secrets
from seqrec.errors import ConfigError
from seqrec.experiment_file import load_dataset, load_experiment
from tests.flows.tiny import TINY, tiny, write_tiny

SECRET = "sk-proj-hunter20123456789"


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ({"title": f"with {SECRET}"}, "title"),
        ({"a": {"b": [{"c": "x"}, {"c": SECRET}]}}, "a.b[1].c"),
        ({"models": {SECRET: {"name": "markov"}}}, "models"),
        ({"url": "https://me:hunter2@host/v1"}, "url"),
        ({"url": "https://host/v1?api_key=hunter2"}, "url"),
        ({"text": "Bearer of my-hunter2-key"}, "text"),
        ({"text": "hf_hunter2hunter2hunter2hunter2abc"}, "text"),
    ],
)
def test_a_secret_is_named_by_its_place_and_not_shown(raw: object, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHERE_API_KEY", "my-hunter2-key\n")
    with pytest.raises(ConfigError) as caught:
        refuse_secrets("my.toml", raw)
    assert caught.value.subject == f"my.toml: {place}"
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert ("COHERE_API_KEY" in caught.value.got) == (raw == {"text": "Bearer of my-hunter2-key"})


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn-and-its-baselines",
        "A risk-averse model",
        "openai text-embedding-3-small",
        "https://api.openai.com/v1",
        "https://host/v1?api-version=2024-10-21",
        "89d66390d90012806f1489d66390d90012806f14",
        "none",
        "OPENAI_API_KEY",
    ],
)
def test_what_only_looks_like_a_secret_is_accepted(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    refuse_secrets("my.toml", {"a": [text], text: 1})


def test_every_shipped_experiment_is_accepted(tmp_path: Path) -> None:
    assert tiny(tmp_path).name == "tiny"


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (('title = "Tiny shop"', f'title = "Tiny {SECRET}"'), "tiny.toml: title"),
        (("[models.sasrec]", f"[models.{SECRET}]"), "tiny.toml: models"),
        (('sampling = "recent"', f'sampling = "{SECRET}"'), "tiny.toml: models.v_sknn.sampling"),
        (('encoder = "lsa"', f'encoder = "lsa"\n{SECRET} = 1'), "tiny.toml: models.llm_seq_sim.source"),
    ],
)
def test_an_experiment_with_a_secret_is_refused(tmp_path: Path, change: tuple[str, str], subject: str) -> None:
    text = TINY.replace("source = { encoder", "[models.llm_seq_sim.source]\nencoder").replace('"lsa" }', '"lsa"')
    assert change[0] in text
    with pytest.raises(ConfigError) as caught:
        load_experiment(write_tiny(tmp_path, text=text.replace(*change)))
    assert caught.value.subject.endswith(subject)
    assert "api_key_env" in caught.value.remedy
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "change", [f"title={SECRET}", f"title.x={SECRET}", f"a.*.b={SECRET}", f"={SECRET}", f"seeds={SECRET}"]
)
def test_a_change_with_a_secret_is_refused(tmp_path: Path, change: str) -> None:
    with pytest.raises(ConfigError) as caught:
        tiny(tmp_path, change)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_dataset_with_a_secret_is_refused() -> None:
    with pytest.raises(ConfigError, match="key or password") as caught:
        load_dataset("amazon_2014", [f"category={SECRET}"])
    assert "hunter2" not in str(caught.value)
