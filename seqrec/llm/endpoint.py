"""A client of a model behind an API, with plain words for what went wrong."""

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Final

import httpx2
import openai
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from seqrec.errors import EndpointError, TooLargeError
from seqrec.llm.api_key import read_key
from seqrec.llm.endpoint_config import EndpointConfig
from seqrec.llm.refusals import explain, is_too_large, is_transient
from seqrec.network import check_certificates, check_proxies, is_loopback
from seqrec.redact import MIN_KEY_LENGTH, REDACTED, redact_text
from seqrec.retry_after import RetryAfter

log = logging.getLogger(__name__)

MAX_WAIT_S: Final = 120.0
"""The longest wait that an endpoint may ask for; if it asks for a longer one, it is given up."""
MAX_BACKOFF_S: Final = 8.0
MAX_SHOWN: Final = 500
"""The characters of an endpoint's message that are shown."""


class Endpoint:
    """A client of an OpenAI-compatible API, for use by several threads at once.

    A request is repeated after 408, 409, 429, 5xx, lost connections and answers that break off. The wait is as long as
    Retry-After says, up to two minutes, or else about twice as long each time, with jitter.
    """

    def __init__(self, config: EndpointConfig) -> None:
        """Makes the client, which sends nothing yet.

        Raises:
            EndpointError: The environment variable of the key is not set, or holds what can't be a key.
            ConfigError: A proxy or certificate of the environment can't be used.
        """
        self._config = config
        self.subject = f"model '{config.model}' at {config.base_url}"
        self._key = read_key(config.api_key_env, self.subject)
        check_certificates()
        local = is_loopback(config.base_url)
        if not local:
            check_proxies()
        # Azure reads the version from the query, and the key from a header of its own.
        version = config.api_version
        kind: Callable[..., openai.OpenAI] = (
            partial(openai.AzureOpenAI, api_version=version) if version else openai.OpenAI
        )
        self._client = kind(
            base_url=config.address,
            api_key=self._key,
            timeout=config.timeout_s,
            max_retries=0,
            # With a transport of its own, a client uses no proxy.
            http_client=openai.DefaultHttpxClient(transport=httpx2.HTTPTransport()) if local else None,
        )

    def __enter__(self) -> "Endpoint":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def post(self, path: str, body: Mapping[str, object]) -> object:
        """Sends a request until it is answered, and returns the JSON of the answer.

        Args:
            path: The path below the base URL.
            body: The JSON of the request.

        Raises:
            TooLargeError: A smaller request might be accepted.
            EndpointError: The endpoint can't be reached, refuses the request, or does not answer in JSON.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, _BrokenOffError) or is_transient(error)),
            wait=RetryAfter(wait_exponential_jitter(multiplier=0.5, max=MAX_BACKOFF_S, jitter=0.5)),
            stop=lambda state: state.attempt_number >= self._config.max_tries or state.upcoming_sleep > MAX_WAIT_S,
            before_sleep=self._announce,
            reraise=True,
        )
        try:
            return retrying(self._send, path, body)
        except openai.OpenAIError as error:
            got, remedy = explain(error, self._config)
            kind = TooLargeError if is_too_large(error) else EndpointError
            # An endpoint may quote the key that it refuses, so the original error must not be printed as well.
            raise self.error(got=got, expected="an answer", remedy=remedy, kind=kind) from None
        except _BrokenOffError as error:
            remedy = "Run it again, or lower batch_size; the answers so far are kept."
            raise self.error(got=str(error), expected="complete JSON", remedy=remedy) from None

    def error(
        self, *, got: str, expected: str, remedy: str, kind: type[EndpointError] = EndpointError
    ) -> EndpointError:
        """Returns an error about this model, in which no key is shown."""
        return kind(self.subject, got=self._shown(got), expected=expected, remedy=remedy)

    def unusable(self, got: str, expected: str) -> EndpointError:
        """Returns an error about an answer that is not one of this API."""
        remedy = "Check that base_url is an OpenAI-compatible API, with its version, such as /v1."
        return self.error(got=got, expected=expected, remedy=remedy)

    def _send(self, path: str, body: Mapping[str, object]) -> object:
        content = self._client.post(path, cast_to=bytes, body=body)
        try:
            return json.loads(content)
        except ValueError as error:
            text = content.decode(errors="replace").strip()
            if not text or text[0] in "[{":
                # Proxies and overloaded servers end an answer early, and still call it complete.
                raise _BrokenOffError(f"an answer of {len(content):,} bytes that is not complete ({error})") from error
            raise self.unusable(f"an answer that is not JSON: {text[:80]}", "JSON") from error

    def _announce(self, state: RetryCallState) -> None:
        error = state.outcome and state.outcome.exception()
        reason = explain(error, self._config)[0] if isinstance(error, openai.OpenAIError) else str(error)
        log.warning("%s: %s; trying again in %.1f s", self.subject, self._shown(reason), state.upcoming_sleep)

    def _shown(self, text: str) -> str:
        # The variable of the key may have any name, so that `redact_text` does not know its value.
        without = text.replace(self._key, REDACTED) if len(self._key) >= MIN_KEY_LENGTH else text
        shown = redact_text(without)
        return shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}..."


class _BrokenOffError(Exception):
    """An answer that began as JSON and ended too early."""
