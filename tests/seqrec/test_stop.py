"""The request to stop reaches every thread, and those who are called for it."""

import threading
from collections.abc import Iterator

import pytest

from seqrec import stop


@pytest.fixture(autouse=True)
def afterwards() -> Iterator[None]:
    yield
    stop.withdraw()


def test_work_goes_on_until_the_request() -> None:
    stop.check()
    stop.pause(0.0)
    stop.request()
    with pytest.raises(stop.Stopped):
        stop.check()
    with pytest.raises(stop.Stopped):
        stop.pause(1000.0)
    stop.withdraw()
    stop.check()


def test_who_waits_in_another_thread_is_woken() -> None:
    ended: list[str] = []

    def wait() -> None:
        try:
            stop.pause(1000.0)
        except stop.Stopped:
            ended.append("stopped")

    thread = threading.Thread(target=wait)
    thread.start()
    stop.request()
    thread.join(timeout=60)
    assert ended == ["stopped"]


def test_callbacks_are_called_once_early_or_late() -> None:
    called: list[str] = []
    with stop.calling(lambda: called.append("early")):
        stop.request()
        stop.request()
        with stop.calling(lambda: called.append("late")):
            pass
    assert called == ["early", "late"]
    stop.withdraw()
    stop.request()
    assert called == ["early", "late"]


def test_it_is_no_error() -> None:
    assert not issubclass(stop.Stopped, Exception)
