"""The redaction of secrets."""

import pytest

from seqrec.redact import redact


@pytest.mark.parametrize("name", ["api_key", "encoder.API-KEY", "token", "db.password", "client_secret"])
def test_a_secret_name_hides_its_value(name: str) -> None:
    assert redact(name, "hush") == "***"


@pytest.mark.parametrize("name", ["max_tokens", "keyboard", "monkey", "tokenizer"])
def test_a_name_that_only_sounds_secret_does_not(name: str) -> None:
    assert redact(name, 5) == "5"


def test_an_address_loses_user_and_password() -> None:
    assert redact("uri", "postgresql://me:hush@db:5432/mlflow") == "postgresql://***@db:5432/mlflow"
    assert redact("uri", "https://api.example.org/v1") == "https://api.example.org/v1"


def test_a_providers_key_is_known_by_its_form() -> None:
    assert redact("note", "with sk-proj-abcdef0123456789abcdef") == "with ***"
    assert redact("note", "risk-averse") == "risk-averse"


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_CONNECTION_STRING"])
def test_the_value_of_a_secret_variable_is_hidden_anywhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "hush/and+more")
    assert redact("note", "refused hush/and+more here") == "refused *** here"
