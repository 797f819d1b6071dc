"""The configuration of an endpoint: its address, and the limits of its requests."""

import re
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, ConfigDict, PositiveFloat, PositiveInt

from seqrec.config import Config
from seqrec.config.pattern import Pattern
from seqrec.redact import redact_text

Variable = Annotated[
    str, Pattern(r"^[A-Z_][A-Z0-9_]*$", "a name of capital letters, digits and `_` that does not begin with a digit")
]
_ADDRESS = r"https?://[^@?#\s]+(\?api-version=[\w.-]+)?"


def _without_secrets(url: str) -> str:
    """Returns an address that can be shown, or raises an error that does not show it."""
    if not re.match(r"https?://", url):
        raise ValueError("an address without http:// or https://")
    if not re.fullmatch(_ADDRESS, url) or redact_text(url) != url:
        raise ValueError("an address with a blank, or with a user, a query or a key, which is not shown here")
    try:
        is_whole = bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError("an address without a host, or with a wrong port, which is not shown here")
    return url


class EndpointConfig(Config):
    """A model behind an API that is compatible with OpenAI's: OpenAI itself, Azure, vLLM, Ollama and many more.

    The API key comes from the environment and is never written anywhere.
    """

    # A wrong address may contain a secret.
    model_config = ConfigDict(hide_input_in_errors=True)

    model: str
    """The name of the model at the endpoint."""
    base_url: Annotated[str, AfterValidator(_without_secrets)] = "https://api.openai.com/v1"
    """The base URL of the API, which ends before `/embeddings`; it must not contain secrets. For a deployment of Azure,
    its only query is `?api-version=...`."""
    max_concurrency: PositiveInt = 4
    """The largest number of concurrent requests."""
    max_tries: PositiveInt = 6
    """The number of attempts at a request while the endpoint is overloaded or unreachable."""
    timeout_s: PositiveFloat = 60.0
    """The longest wait for one answer, in seconds."""
    api_key_env: Variable = "OPENAI_API_KEY"
    """The name of the environment variable that holds the API key."""

    @property
    def address(self) -> str:
        """The base URL without the version."""
        return self.base_url.partition("?")[0]

    @property
    def api_version(self) -> str | None:
        """The version of Azure's API, which is sent with each request."""
        return next(iter(parse_qs(urlsplit(self.base_url).query).get("api-version", [])), None)
