"""Redaction of secrets from everything that is logged, stored or tracked."""

import os
import re
from typing import Final

REDACTED: Final = "***"

_SECRET_WORDS: Final = {"key", "apikey", "token", "secret", "password", "passwd", "credentials"}
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_IN_QUERY: Final = re.compile(r"(?<=[?&])([\w-]*(?:key|token|secret|password)[\w-]*=)[^&\s]+", re.IGNORECASE)
_API_KEY: Final = re.compile(
    # A random part tells the key sk-proj-Ab3... from a title such as sk-learn-and-its-baselines.
    r"\bsk-[\w-]*?(?=[a-z]*\d)[a-z0-9]{12,}[\w-]*"
    r"|\b(?:hf_|gsk_|xai-|pplx-|gh[a-z]_|github_pat_)\w{20,}|\bAIza[\w-]{30,}|\bAKIA[A-Z0-9]{16}\b",
    re.IGNORECASE,
)
_SECRET_VARIABLES: Final = (
    *("_API_KEY", "_WEBHOOK"),
    # The credentials of object stores.
    *("_SECRET_ACCESS_KEY", "_SESSION_TOKEN", "_ACCOUNT_KEY", "_SAS_TOKEN", "_CONNECTION_STRING"),
)
MIN_KEY_LENGTH: Final = 8
"""The length of the shortest value that counts as a key; servers without keys get placeholders such as `none`."""


def redact(name: str, value: object) -> str:
    """Return the value as text, with asterisks in place of secrets.

    The whole value is a secret if a word of `name` says so (`api_key`, but not `max_tokens`). Otherwise the secrets in
    its text are replaced.
    """
    if _SECRET_WORDS.intersection(re.split(r"[^a-z0-9]+", name.lower())):
        return REDACTED
    return redact_text(str(value))


def redact_text(text: str) -> str:
    """Return `text` with asterisks in place of its secrets.

    These are the values of variables such as `OPENAI_API_KEY` and `AWS_SECRET_ACCESS_KEY`, the user and password of a
    URL, keys in its query, and anything that looks like an API key.
    """
    for key in keys_of_environment():
        text = text.replace(key, REDACTED)
    without = _IN_QUERY.sub(rf"\1{REDACTED}", _CREDENTIALS.sub(REDACTED, text))
    return _API_KEY.sub(REDACTED, without)


def keys_of_environment() -> dict[str, str]:
    """Return the names of the variables that hold keys or a webhook, by value; the longest value comes first."""
    found = {value.strip(): name for name, value in os.environ.items() if name.upper().endswith(_SECRET_VARIABLES)}
    return {key: found[key] for key in sorted(found, key=len, reverse=True) if len(key) >= MIN_KEY_LENGTH}
