"""Questions over HTTP, and what their answers mean."""

import ipaddress
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import httpx

from seqrec.errors import ConfigError, DownloadError
from storage.download.retry import TryAgainError

MAX_REDIRECTS = 5

_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Statuses that may be others in a while."""

_REFUSED = {401, 403, 407, 451}


def open_client(timeout_s: float = 30.0) -> httpx.Client:
    """A client with the proxies and certificates of the environment, which asks for files as they are.

    Args:
        timeout_s: Silence after which a try has failed.

    Raises:
        ConfigError: The environment names proxies or certificates that can't be used.
    """
    try:
        return httpx.Client(
            timeout=timeout_s,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            # A server must not pack what it sends: the file is wanted byte by byte, also where it is a gzip file.
            headers={"User-Agent": "seqrec", "Accept-Encoding": "identity"},
            event_hooks={"request": [_check_private]},
        )
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError(
            "proxies and certificates of the environment",
            got=str(error),
            expected="addresses and files that can be used",
            remedy="Mend HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE or SSL_CERT_DIR.",
        ) from error


@contextmanager
def answering(client: httpx.Client, method: str, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
    """The answer to a request, to be read inside the block; its status is 200, 206 or 416.

    Raises:
        DownloadError: The server has no such file, refuses it, or sends us in circles.
        TryAgainError: The server or the way to it fails, in the answer's head or its body.
    """
    try:
        with client.stream(method, url, headers=headers) as response:
            _check_status(url, response)
            yield response
    except httpx.InvalidURL as error:
        raise _no_way(url, f"an address that is none: {error}") from error
    except httpx.TooManyRedirects as error:
        raise _no_way(url, f"more than {MAX_REDIRECTS} redirections") from error
    except httpx.TimeoutException as error:
        raise TryAgainError("no sign of the server in time") from error
    except httpx.TransportError as error:
        raise TryAgainError(str(error) or type(error).__name__) from error


def _check_private(request: httpx.Request) -> None:
    """That nobody between us and the server can change what comes; asked again at each redirection."""
    if request.url.scheme != "https" and not (request.url.scheme == "http" and _is_loopback(request.url.host)):
        raise DownloadError(
            str(request.url),
            got="an address that is not encrypted",
            expected="https",
            remedy="Name a server that speaks https.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_status(url: str, response: httpx.Response) -> None:
    status, said = response.status_code, f"{response.status_code} {response.reason_phrase}".strip()
    if status in {200, 206, 416}:
        return
    if status in _PASSING:
        raise TryAgainError(f"the answer {said}", _retry_after_s(response))
    if status in _REFUSED:
        raise DownloadError(
            url,
            got=f"the answer {said}",
            expected="a file that anyone may fetch",
            remedy="Open the address in a browser: it may ask to sign in or to agree to terms. "
            "Then put the file into the data folder.",
        )
    raise _no_way(url, f"the answer {said}")


def _no_way(url: str, got: str) -> DownloadError:
    return DownloadError(
        url,
        got=got,
        expected="the file",
        remedy="Check the spelling of the settings, such as the category. If the file has moved, fetch it from its new "
        "place by hand, or name a server that has it in SEQREC_MIRROR.",
    )


def _retry_after_s(response: httpx.Response) -> float | None:
    """Seconds that the server asks to wait, which it tells as a number or as a date."""
    said = response.headers.get("Retry-After", "")
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
