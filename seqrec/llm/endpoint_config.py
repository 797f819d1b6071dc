"""The configuration of an endpoint: its address, and the limits of its requests."""

from typing import Annotated

from pydantic import PositiveFloat, PositiveInt

from seqrec.config import Config
from seqrec.config.pattern import Pattern

Address = Annotated[
    str, Pattern(r"^https?://[^@?\s]+$", "an http or https address without a user name, password or query")
]
Variable = Annotated[
    str, Pattern(r"^[A-Z_][A-Z0-9_]*$", "a name of capital letters, digits and `_` that does not begin with a digit")
]


class EndpointConfig(Config):
    """A model behind an API that is compatible with OpenAI's: OpenAI itself, vLLM, Ollama and many more.

    The API key comes from the environment and is never written anywhere.
    """

    model: str
    """The name of the model at the endpoint."""
    base_url: Address = "https://api.openai.com/v1"
    """The base URL of the API; it must not contain secrets."""
    max_concurrency: PositiveInt = 4
    """The largest number of concurrent requests."""
    max_tries: PositiveInt = 6
    """The number of attempts at a request while the endpoint is overloaded or unreachable."""
    timeout_s: PositiveFloat = 60.0
    """The longest wait for one answer, in seconds."""
    api_key_env: Variable = "OPENAI_API_KEY"
    """The name of the environment variable that holds the API key."""
