"""A client of a model behind an API, with plain words for what went wrong."""

import os
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

import numpy as np
import openai
from jaxtyping import Float32

from seqrec.errors import EndpointError
from seqrec.llm.endpoint_config import EndpointConfig

Answer = TypeVar("Answer")


class Endpoint:
    """A client of an OpenAI-compatible API, for use by several threads at once.

    The SDK retries after 408, 409, 429, 5xx and lost connections. It waits as long as Retry-After says, up to two
    minutes, or else about twice as long each time, with jitter.
    """

    def __init__(self, config: EndpointConfig) -> None:
        """Makes the client, which sends nothing yet.

        Raises:
            EndpointError: The environment variable of the key is not set.
        """
        self._config = config
        self._key = os.environ.get(config.api_key_env, "")
        if not self._key:
            raise self._error(
                got=f"no environment variable {config.api_key_env}",
                expected="the endpoint's key in this variable",
                remedy=f"Set {config.api_key_env}; any value will do for an endpoint that needs no key.",
            )
        self._client = openai.OpenAI(
            base_url=config.base_url,
            api_key=self._key,
            timeout=config.timeout_s,
            max_retries=config.max_tries - 1,
        )

    def __enter__(self) -> "Endpoint":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def embed(self, texts: list[str], dimensions: int | None) -> Float32[np.ndarray, "n dim"]:
        """Returns the vectors of `texts`, in their order.

        Args:
            texts: The texts to embed.
            dimensions: The width to request; the model's own if None.

        Raises:
            EndpointError: The endpoint can't be reached, refuses the request, or does not return one finite vector
                of the right width per text.
        """

        def request(client: openai.OpenAI) -> tuple[list[int], np.ndarray]:
            width = openai.omit if dimensions is None else dimensions
            # No format is set: the SDK then requests base64, the smallest, and can read either.
            rows = client.embeddings.create(model=self._config.model, input=texts, dimensions=width).data
            return [int(row.index) for row in rows], np.array([row.embedding for row in rows], np.float32)

        expected = "one finite vector per text"
        indices, vectors = self._answer(request, expected)
        if sorted(indices) != list(range(len(texts))):
            raise self._unusable(f"{len(indices)} vectors for {len(texts)} texts, not one for each", expected)
        if not vectors.size or not np.isfinite(vectors).all():
            raise self._unusable("empty vectors, or vectors with NaN or infinity", expected)
        if dimensions not in {None, vectors.shape[1]}:
            raise self._error(
                got=f"vectors of {vectors.shape[1]} numbers",
                expected=f"dimensions = {dimensions}",
                remedy="Set a width that the model supports, or leave dimensions out for the model's own.",
            )
        return vectors[np.argsort(indices)]

    def _answer(self, request: Callable[[openai.OpenAI], Answer], expected: str) -> Answer:
        """Returns the endpoint's answer to a request; `expected` describes a right answer in words."""
        try:
            return request(self._client)
        except openai.OpenAIError as error:
            # An endpoint may quote the key that it refuses, so the original error must not be printed as well.
            raise self._refusal(error, expected) from None
        except (AttributeError, TypeError, ValueError) as error:
            raise self._unusable(f"an answer of a different form ({error})", expected) from error

    def _unusable(self, got: str, expected: str) -> EndpointError:
        remedy = "Check that base_url is an OpenAI-compatible API, with its version, such as /v1."
        return self._error(got=got, expected=expected, remedy=remedy)

    def _error(self, *, got: str, expected: str, remedy: str) -> EndpointError:
        subject = f"model '{self._config.model}' at {self._config.base_url}"
        return EndpointError(subject, got=got, expected=expected, remedy=remedy)

    def _refusal(self, error: openai.OpenAIError, expected: str) -> EndpointError:
        got = str(error).replace(self._key, "***")[:300]
        match error:
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                remedy = f"Check the key in {self._config.api_key_env}, and that it has access to the model."
            case openai.RateLimitError() | openai.InternalServerError():
                remedy = "Run it again later, or lower max_concurrency; the answers so far are kept."
            case openai.APIConnectionError():
                remedy = "Check that the endpoint is up, and check base_url and timeout_s; the answers so far are kept."
            case _:
                remedy = "Check base_url and model; if texts are too long, shorten them, for example with max_chars."
        return self._error(got=got, expected=expected, remedy=remedy)
