"""What went wrong with a request, in words that say what to do about it."""

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import openai

from seqrec.llm.endpoint_config import EndpointConfig
from seqrec.network import proxy_variable

KEPT: Final = "the answers so far are kept"

_TOO_LARGE: Final = re.compile(
    # OpenAI, Azure, vLLM, text-embeddings-inference, llama.cpp, Ollama, DashScope and SiliconFlow say it differently,
    # with the status 400, 413, 422 or 500.
    r"batch size|(input|request|prompt|text|string|array)[^.]{0,60} too (large|long|big)"
    r"|context (length|size|window)|tokens per request|must have less than|should not be larger|input length|n_ctx"
    r"|max(imum)? (length|number of|inputs|items|tokens)",
    re.IGNORECASE,
)
_NO_CREDIT: Final = re.compile(
    r"insufficient[_ ]?(quota|balance|credit|funds)|billing|exceeded your current quota|credit balance", re.IGNORECASE
)
_UNSUPPORTED: Final = re.compile(
    r"unsupported|not support|matryoshka|unrecognized|extra (inputs|fields)", re.IGNORECASE
)
"""What servers say about a parameter that they do not know, some of them with a status of 500."""


def is_too_large(error: openai.OpenAIError) -> bool:
    """Returns whether the endpoint might accept a smaller request."""
    if not isinstance(error, openai.APIStatusError) or is_out_of_credit(error):
        return False
    if isinstance(error, openai.RateLimitError):
        # The request alone exceeds what a minute allows; other limits end with time.
        return "request too large" in _said(error).lower()
    if error.status_code == 413:
        return True
    return (error.status_code in {400, 422} or error.status_code >= 500) and bool(_TOO_LARGE.search(_said(error)))


def is_out_of_credit(error: BaseException) -> bool:
    """Returns whether the account behind the key has no money or quota left, which no wait mends."""
    return isinstance(error, openai.APIStatusError) and (
        error.status_code == 402 or (error.status_code in {403, 429} and bool(_NO_CREDIT.search(_said(error))))
    )


def is_transient(error: BaseException) -> bool:
    """Returns whether the same request may succeed later."""
    if isinstance(error, openai.APIConnectionError):
        return not any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))
    if not isinstance(error, openai.APIStatusError) or is_too_large(error) or is_out_of_credit(error):
        return False
    return error.status_code in {408, 409, 429} or (error.status_code >= 500 and not _UNSUPPORTED.search(_said(error)))


def explain(error: openai.OpenAIError, config: EndpointConfig) -> tuple[str, str]:
    """Returns what was found, and what to do."""
    got = str(error)
    if isinstance(error, openai.APIConnectionError):
        causes = list(_causes(error))
        reason = str(causes[-1]) if causes and not isinstance(error, openai.APITimeoutError) else ""
        proxy = proxy_variable(config.base_url)
        got = got.rstrip(".") + (f" through the proxy in {proxy}" if proxy else "") + (f": {reason}" if reason else "")
        return got, _remedy_of_connection(causes, proxy)
    if is_out_of_credit(error):
        return got, f"Add credit, or raise the limit, on the provider's page for the account of the key; {KEPT}."
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            remedy = f"Check the key in {config.api_key_env}, and that it has access to the model."
        case openai.RateLimitError() | openai.InternalServerError():
            remedy = f"Run it again later, or lower max_concurrency; {KEPT}."
        case openai.NotFoundError():
            remedy = "Check model, and that base_url ends before /embeddings, with its version, such as /v1."
        case _:
            remedy = "Check base_url and model."
    return got, remedy


def _remedy_of_connection(causes: list[BaseException], proxy: str | None) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return (
                "Check that base_url is the right host and port; SSL_CERT_FILE can name the certificates of a company, "
                f"or of the server itself; {KEPT}."
            )
        if isinstance(cause, socket.gaierror):
            return f"Check the host name in {proxy or 'base_url'}, and the connection to the network; {KEPT}."
    if proxy:
        return f"Check the proxy in {proxy}, or list the host in NO_PROXY; {KEPT}."
    return f"Check that the endpoint is up, and check base_url and timeout_s; {KEPT}."


def _said(error: openai.APIStatusError) -> str:
    """Returns the message of an answer, with its type and code."""
    return f"{error} {error.body}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields what led to an error, the first cause last."""
    cause = error.__cause__ or error.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
