"""Trying again, for as long as it makes sense."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from seqrec.errors import DownloadError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to put up with a server."""

    tries: int = 5
    """Tries in a row that bring no byte."""
    wait_s: float = 1.0
    """Wait before the second try; each further one waits twice as long."""
    max_wait_s: float = 300.0
    """The longest wait, also where the server asks for one."""


class TryAgainError(Exception):
    """A try that failed for a reason that may pass.

    Attributes:
        reason: What happened, in words that follow "got".
        wait_s: How long the server asks to wait; None if it does not say.
    """

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


def retry(
    attempt: Callable[[], T],
    subject: str,
    patience: RetryPolicy,
    arrived: Callable[[], int],
    say: Callable[[str], None],
) -> T:
    """What `attempt` returns, tried again until it does.

    Args:
        attempt: Raises `TryAgainError` where it may be tried again.
        subject: What an error is about.
        patience: When to give up.
        arrived: Bytes that have arrived so far; a try that brought more than any before it is no failure.
        say: Told of every wait.

    Raises:
        DownloadError: The tries are used up, or the server asks for too long a wait.
    """
    failures, most = 0, arrived()
    while True:
        try:
            return attempt()
        except TryAgainError as trouble:
            failures, most = (failures + 1, most) if arrived() <= most else (1, arrived())
            wait_s = patience.wait_s * 2 ** (failures - 1) if trouble.wait_s is None else trouble.wait_s
            if failures >= patience.tries or wait_s > patience.max_wait_s:
                asked = f", with the wish to wait {wait_s:.0f} s" if wait_s > patience.max_wait_s else ""
                raise DownloadError(
                    subject,
                    got=f"{trouble.reason}{asked}",
                    expected="the file",
                    remedy="Check the network, its proxy (HTTPS_PROXY) and certificates (SSL_CERT_FILE), or try later: "
                    "the same command goes on where this one stopped. SEQREC_MIRROR names another server.",
                ) from trouble
            say(f"{trouble.reason}; trying again in {wait_s:.0f} s")
            time.sleep(wait_s)
