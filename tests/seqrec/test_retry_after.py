"""The wait before a request is repeated."""

from email.utils import formatdate
from types import SimpleNamespace

import pytest
from tenacity import RetryCallState, Retrying, wait_fixed

from seqrec.retry_after import RetryAfter


class RefusedError(Exception):
    """A refusal with the headers of a response."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.response = SimpleNamespace(headers=headers)


def wait_after(error: BaseException) -> float:
    state = RetryCallState(Retrying(), None, (), {})
    state.set_exception((type(error), error, None))
    return RetryAfter(wait_fixed(5.0))(state)


@pytest.mark.parametrize(
    ("asked", "wait_s"),
    [
        ("7", 7.0),
        ("0.25", 0.25),
        (formatdate(0, usegmt=True), 0.0),
        ("soon", 5.0),
        ("-3", 5.0),
        ("nan", 5.0),
        ("inf", 5.0),
        ("Thu, 01 Jan 99999999999999 00:00:00 GMT", 5.0),
        ("", 5.0),
    ],
)
def test_the_server_may_say_how_long(asked: str, wait_s: float) -> None:
    assert wait_after(RefusedError({"Retry-After": asked})) == wait_s


def test_an_error_without_a_response_has_the_other_wait() -> None:
    assert wait_after(ConnectionError()) == 5.0
