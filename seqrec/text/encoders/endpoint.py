"""One embeddings endpoint: asks it, checks what comes back, and says in plain words what went wrong."""

import os
from types import TracebackType

import numpy as np
import openai
from jaxtyping import Float32

from seqrec.errors import EncoderError
from seqrec.text.encoders.openai import Config


class Endpoint:
    """A client of an OpenAI-compatible embeddings API, for use by several threads at once.

    The SDK itself tries again after 408, 409, 429, 5xx and lost connections. It waits as long as Retry-After
    says, up to two minutes, or else about twice as long each time, with jitter.
    """

    def __init__(self, config: Config) -> None:
        """Makes the client, which sends nothing yet.

        Raises:
            EncoderError: The environment has no key.
        """
        self._config = config
        self._key = os.environ.get(config.api_key_env, "")
        if not self._key:
            raise self._error(
                got=f"no environment variable {config.api_key_env}",
                expected="the endpoint's key in it",
                remedy=f"Set {config.api_key_env}; any word will do for an endpoint that asks for no key.",
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

    def embed(self, texts: list[str]) -> Float32[np.ndarray, "n dim"]:
        """Vectors of `texts`, in their order.

        Raises:
            EncoderError: The endpoint can't be reached, refuses, or does not answer with one finite vector of
                the right width per text.
        """
        dimensions = self._config.dimensions
        try:
            # No format is asked for: the SDK then asks for base64, the smallest, and reads either.
            answer = self._client.embeddings.create(
                model=self._config.model,
                input=texts,
                dimensions=openai.omit if dimensions is None else dimensions,
            )
            indices = [int(row.index) for row in answer.data]
            vectors = np.array([row.embedding for row in answer.data], np.float32)
        except openai.OpenAIError as error:
            # An endpoint may quote the key that it refuses, so the original must not be printed along.
            raise self._refusal(error) from None
        except (AttributeError, TypeError, ValueError) as error:
            raise self._unusable(f"an answer of another form ({error})") from error
        if sorted(indices) != list(range(len(texts))):
            raise self._unusable(f"{len(indices)} vectors for {len(texts)} texts, not one for each")
        if not vectors.size or not np.isfinite(vectors).all():
            raise self._unusable("vectors with NaN, infinity or nothing in them")
        if dimensions not in {None, vectors.shape[1]}:
            raise self._error(
                got=f"vectors of {vectors.shape[1]} numbers",
                expected=f"dimensions = {dimensions}",
                remedy="Ask for a width that the model gives, or leave dimensions out for the model's own.",
            )
        return vectors[np.argsort(indices)]

    def _refusal(self, error: openai.OpenAIError) -> EncoderError:
        got = str(error).replace(self._key, "***")[:300]
        match error:
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                remedy = f"Check the key in {self._config.api_key_env}, and that it may use the model."
            case openai.RateLimitError() | openai.InternalServerError():
                remedy = "Run it again later, or lower max_concurrency; what was encoded so far is kept."
            case openai.APIConnectionError():
                remedy = "Check that the endpoint is up, base_url and timeout_s; what was encoded so far is kept."
            case _:
                remedy = "Check base_url, model and dimensions; if texts are too long, set the text's max_chars."
        return self._error(got=got, expected="vectors", remedy=remedy)

    def _unusable(self, got: str) -> EncoderError:
        return self._error(
            got=got,
            expected="one finite vector per text",
            remedy="Check that base_url is an OpenAI-compatible API, with its version, such as /v1.",
        )

    def _error(self, *, got: str, expected: str, remedy: str) -> EncoderError:
        subject = f"embedding model '{self._config.model}' at {self._config.base_url}"
        return EncoderError(subject, got=got, expected=expected, remedy=remedy)
