"""The request to stop: made once for the whole process, and honoured by long work between two of its pieces.

Python interrupts the main thread alone, so work in other threads has to look for the request itself.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_requested = threading.Event()
_callbacks: list[Callable[[], object]] = []
_lock = threading.Lock()


class Stopped(KeyboardInterrupt):
    """Work ended because of the request to stop. It is no error, so `except Exception` lets it pass."""


def request() -> None:
    """Makes the request, from any thread."""
    with _lock:
        if _requested.is_set():
            return
        _requested.set()
        callbacks = tuple(_callbacks)
    for callback in callbacks:
        callback()


def withdraw() -> None:
    """Takes the request back, once everything that it concerned has ended."""
    _requested.clear()


def is_requested() -> bool:
    """Returns whether the request was made."""
    return _requested.is_set()


def check() -> None:
    """Ends the work of this thread if the request was made.

    Raises:
        Stopped: It was.
    """
    if _requested.is_set():
        raise Stopped


def pause(seconds: float) -> None:
    """Waits, but not longer than until the request.

    Raises:
        Stopped: It was made.
    """
    _requested.wait(seconds)
    check()


@contextmanager
def calling(callback: Callable[[], object]) -> Iterator[None]:
    """Calls `callback` if the request is made during the block; at once if it was made before."""
    with _lock:
        _callbacks.append(callback)
        late = _requested.is_set()
    try:
        if late:
            callback()
        yield
    finally:
        with _lock:
            _callbacks.remove(callback)
