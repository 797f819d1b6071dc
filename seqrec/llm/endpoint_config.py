"""Where a model behind an API is, and how patiently it is asked."""

from typing import Annotated

from pydantic import PositiveFloat, PositiveInt, StringConstraints

from seqrec.config import Config


class EndpointConfig(Config):
    """A model behind an API that is compatible with OpenAI's: OpenAI itself, vLLM, Ollama and many more.

    Its key comes from the environment, and is never written anywhere.
    """

    model: str
    """Name of the model at the endpoint."""
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^@?\s]+$")] = "https://api.openai.com/v1"
    """Where the API starts; secrets have no place in it."""
    max_concurrency: PositiveInt = 4
    """Requests under way at once."""
    max_tries: PositiveInt = 6
    """Times that a request is sent before an overloaded or lost endpoint is given up."""
    timeout_s: PositiveFloat = 60.0
    """Longest wait for one answer."""
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")] = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key."""
