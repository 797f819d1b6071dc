"""The wait before a request is repeated."""

import re
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState
from tenacity.wait import wait_base


class RetryAfter(wait_base):
    """The wait that the server asks for in Retry-After, in seconds or as a date, or else another wait.

    Args:
        otherwise: The wait if the error has no response, or its response asks for none.
    """

    def __init__(self, otherwise: wait_base) -> None:
        self._otherwise = otherwise

    def __call__(self, retry_state: RetryCallState) -> float:
        """Returns the wait in seconds."""
        response = getattr(retry_state.outcome and retry_state.outcome.exception(), "response", None)
        asked = response.headers.get("Retry-After", "") if response is not None else ""
        if re.fullmatch(r"\d{1,9}(\.\d+)?", asked):
            return float(asked)
        with suppress(ValueError, OverflowError):
            return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
        return float(self._otherwise(retry_state))
