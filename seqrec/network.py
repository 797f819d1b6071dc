"""The proxies and certificates of the environment: that they can be used, and where a proxy has no place."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import httpx

from seqrec.errors import ConfigError
from seqrec.redact import redact_text

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
"""The names of this machine in URLs, which are reached without a proxy."""

_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
_CERTIFICATES: Final = "SSL_CERT_FILE"
_NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""It trusts nobody, and costs no time to read: the clients that are made with it only show whether they can be made."""


def is_loopback(url: str) -> bool:
    """Returns whether a URL leads to this machine."""
    return urlsplit(url).hostname in {name.strip("[]") for name in LOOPBACK}


def proxy_variable(url: str) -> str | None:
    """Returns the variable whose proxy requests to `url` go through, or None if they go through none."""
    parts = urlsplit(url)
    if is_loopback(url) or proxy_bypass(parts.hostname or ""):
        return None
    names = (f"{parts.scheme}_proxy", "all_proxy")
    return next((spelt for name in names for spelt in (name, name.upper()) if os.environ.get(spelt)), None)


def bypass_loopback() -> None:
    """Adds this machine to the variables that say which hosts are reached without a proxy."""
    listed = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = [host for host in (part.strip() for part in listed.split(",")) if host]
    joined = ",".join(dict.fromkeys([*hosts, *(name.strip("[]") for name in LOOPBACK)]))
    # Libraries differ in which of the two they prefer.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = joined


def check_proxies() -> None:
    """Checks that the proxies of the environment can be used, before a library fails over them.

    Raises:
        ConfigError: One can't; the error names its variable.
    """
    for name, value in os.environ.items():
        if name.lower() in _PROXIES and value:
            with _refusing(name, "http://HOST:PORT"):
                # httpx takes an address without a scheme as that of an HTTP proxy.
                proxy = httpx.Proxy(value if "://" in value else f"http://{value}")
                httpx.HTTPTransport(proxy=proxy, verify=_NO_CERTIFICATES).close()
    if os.environ.get("no_proxy") or os.environ.get("NO_PROXY"):
        with _refusing("NO_PROXY", "host names and addresses, separated by commas"):
            httpx.Client(verify=_NO_CERTIFICATES).close()


def check_certificates() -> None:
    """Checks that the file of certificates that the environment names can be used.

    Raises:
        ConfigError: It can't; the error names its variable.
    """
    if os.environ.get(_CERTIFICATES):
        with _refusing(_CERTIFICATES, "a readable file of certificates in PEM"):
            ssl.create_default_context(cafile=os.environ[_CERTIFICATES])


@contextmanager
def _refusing(name: str, expected: str) -> Iterator[None]:
    """Turns what a library says about the value of a variable into an error that names the variable."""
    try:
        yield
    except ImportError as error:
        got, expected = "a SOCKS proxy", "an HTTP proxy, or the package that SOCKS needs"
        remedy = f"Unset {name} (`env -u {name} seqrec ...`), name an HTTP proxy, or run: pip install 'httpx[socks]'"
        raise ConfigError(name, got=got, expected=expected, remedy=remedy) from error
    except (OSError, ValueError, httpx.InvalidURL) as error:
        got = redact_text(f"'{os.environ.get(name, '')}' ({error})")
        raise ConfigError(name, got=got, expected=expected, remedy=f"Correct {name}, or unset it.") from error
