"""The HTTP client, which repeats requests after transient errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential

from seqrec.errors import DownloadError
from seqrec.network import LOOPBACK, check_certificates, check_proxies, is_loopback
from seqrec.retry_after import RetryAfter

TRIES, WAIT_S, MAX_WAIT_S = 5, 1.0, 300.0
"""Tries without a new byte; seconds to wait after the first, doubled after each further one; longest wait."""
_LATER = "Check the network, HTTPS_PROXY and SSL_CERT_FILE, or try again later: the same command resumes the download."
BY_HAND = (
    "Check settings such as the category. If the file moved or needs a login, fetch it with a browser into the folder."
)
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


def open_client() -> httpx.Client:
    """Open a client with the proxies and certificates of the environment.

    Raises:
        ConfigError: A proxy or certificate can't be used.
    """
    check_certificates()
    check_proxies()
    # Files must arrive byte for byte, so a server must not compress them.
    headers = {"User-Agent": "seqrec", "Accept-Encoding": "identity"}
    hooks, direct = {"request": [_require_https]}, {f"all://{host}": None for host in LOOPBACK}
    return httpx.Client(
        headers=headers, event_hooks=hooks, mounts=direct, timeout=30.0, follow_redirects=True, max_redirects=5
    )


def _require_https(request: httpx.Request) -> None:
    """Refuse plain HTTP, except on this machine; httpx also calls this for each redirect."""
    url = request.url
    if url.scheme != "https" and (url.scheme != "http" or not is_loopback(str(url))):
        raise DownloadError(str(url), got="an unencrypted address", expected="https", remedy="Use an https server.")


def retrying(arrived: Callable[[], int], announce: Callable[[str], None]) -> Retrying:
    """Build a `Retrying` that repeats a call after transient errors, and announces each wait with its reason.

    A failure after more bytes than had ever `arrived` before counts as the first.
    """
    most = arrived()

    def count(state: RetryCallState) -> None:
        nonlocal most
        if arrived() > most:
            most, state.attempt_number = arrived(), 1

    return Retrying(
        retry=retry_if_exception(_is_transient),
        after=count,
        wait=RetryAfter(wait_exponential(WAIT_S)),
        stop=lambda state: state.attempt_number >= TRIES or state.upcoming_sleep > MAX_WAIT_S,
        before_sleep=lambda state: announce(
            f"{_reason(state.outcome and state.outcome.exception())}; trying again in {state.upcoming_sleep:.0f} s"
        ),
        reraise=True,
    )


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn an error of httpx into a `DownloadError` that says what a person can do."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        remedy = (_LATER if _is_transient(error) else BY_HAND) + " SEQREC_MIRROR names another server."
        raise DownloadError(url, got=_reason(error), expected="the file", remedy=remedy) from error


def _is_transient(error: BaseException) -> bool:
    status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None
    return status in _TRANSIENT or isinstance(error, httpx.TransportError)


def _reason(error: object) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        status = f"status {error.response.status_code} {error.response.reason_phrase}"
        retry_after = error.response.headers.get("Retry-After")
        return f"{status}, Retry-After: {retry_after}" if retry_after else status
    said = "no answer in time" if isinstance(error, httpx.TimeoutException) else str(error).rstrip(".")
    return said or type(error).__name__
