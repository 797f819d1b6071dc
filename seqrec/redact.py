"""Redaction of secrets from everything that is logged or tracked."""

import re
from typing import Final

REDACTED: Final = "***"

_SECRET_WORDS: Final = {"key", "apikey", "token", "secret", "password", "passwd", "credentials"}
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_IN_QUERY: Final = re.compile(r"(?<=[?&])([\w-]*(?:key|token|secret|password)[\w-]*=)[^&\s]+", re.IGNORECASE)
_API_KEY: Final = re.compile(r"\bsk-[\w-]{16,}")


def redact(name: str, value: object) -> str:
    """Return the value as text, with asterisks in place of secrets.

    The whole value is a secret if a word of `name` says so (`api_key`, but not `max_tokens`). Otherwise the user and
    password of a URL, keys in its query, and anything that looks like an API key are replaced.
    """
    if _SECRET_WORDS.intersection(re.split(r"[^a-z0-9]+", name.lower())):
        return REDACTED
    without = _IN_QUERY.sub(rf"\1{REDACTED}", _CREDENTIALS.sub(REDACTED, str(value)))
    return _API_KEY.sub(REDACTED, without)
