"""Nothing secret leaves the process under a name or in an address."""

import re
from typing import Final

REDACTED: Final = "***"

_SECRET_WORDS: Final = {"key", "apikey", "token", "secret", "password", "passwd", "credentials"}
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_IN_QUERY: Final = re.compile(r"(?<=[?&])([\w-]*(?:key|token|secret|password)[\w-]*=)[^&\s]+", re.IGNORECASE)
_API_KEY: Final = re.compile(r"\bsk-[\w-]{16,}")


def redact(name: str, value: object) -> str:
    """The value as text, with asterisks for what looks secret.

    That is all of it where a word of `name` says so (`api_key`, but not `max_tokens`); user and password of
    an address, and keys in its query; and what has the form of a model provider's key.
    """
    if _SECRET_WORDS.intersection(re.split(r"[^a-z0-9]+", name.lower())):
        return REDACTED
    without = _IN_QUERY.sub(rf"\1{REDACTED}", _CREDENTIALS.sub(REDACTED, str(value)))
    return _API_KEY.sub(REDACTED, without)
