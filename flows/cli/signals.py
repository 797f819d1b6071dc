"""What SIGINT and SIGTERM do to a command: the first ends it in order, and the next Ctrl-C at once."""

import atexit
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

from seqrec import stop

EXIT_CODE: Final = 130
PATIENCE_S: Final = 10.0
"""Seconds for an orderly end, after which the process leaves whatever hangs."""
TOGETHER_S: Final = 0.3
"""Two interruptions within this time are one: a terminal and a program that wraps ours may both pass it on."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_WAKE: Final = signal.SIGURG
"""Wakes the main thread, since the system may hand a signal to any other."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """During the block, a signal requests the process to stop, and interrupts its main thread once.

    The signals are also heard by a thread of their own, because Python calls no handler while a library computes.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    former_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    interrupt = _Interrupt()
    # A shell without job control ignores SIGINT for what runs in the background; that stays so.
    former = {number: signal.signal(number, interrupt) for number in _SIGNALS[ignored:]}
    former[_WAKE] = signal.signal(_WAKE, _ignore)
    listener = _Listener(reader)
    listener.start()
    # Registered before Prefect is imported, so that it is called last.
    atexit.register(listener.end)
    try:
        yield
    finally:
        # Threads and Prefect may still hang after the block, so a process that ends is seen off.
        if not listener.heard:
            atexit.unregister(listener.end)
            for number, handler in former.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(former_fd)
            os.close(writer)


class _Interrupt:
    """The handler in the main thread, which interrupts it once: a second time might interrupt the orderly end."""

    def __init__(self) -> None:
        self._called = False

    def __call__(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler of signals
        if not self._called:
            self._called = True
            raise KeyboardInterrupt


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing: Python then calls the handlers of other signals that came."""


class _Listener(threading.Thread):
    """Listens to the numbers of signals until its pipe is closed, and sees the process off after the first."""

    def __init__(self, reader: int) -> None:
        super().__init__(name="signals", daemon=True)
        self.heard = False
        self._reader = reader

    def run(self) -> None:
        """Listen."""
        while not self.heard:
            numbers = os.read(self._reader, 64)
            if not numbers:
                os.close(self._reader)
                return
            self.heard = any(number in numbers for number in _SIGNALS)
        stop.request()
        signal.pthread_kill(threading.main_thread().ident or 0, _WAKE)
        self._see_off()

    def end(self) -> None:
        """End the process without shutting down the interpreter, which takes seconds with our libraries."""
        if self.heard:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(EXIT_CODE)

    def _see_off(self) -> NoReturn:
        started = time.monotonic()
        while (left_s := started + PATIENCE_S - time.monotonic()) > 0 and select.select([self._reader], [], [], left_s)[
            0
        ]:
            again = signal.SIGINT in os.read(self._reader, 64)
            if again and time.monotonic() - started > TOGETHER_S:
                _leave("It was left at once.")
        _leave("It did not end in time.")


def _leave(why: str) -> NoReturn:
    """End this process without any clean-up; its children notice, and the next run cleans up."""
    os.write(2, f"stopped  {why} The next run cleans up, and resumes from the last checkpoint.\n".encode())
    os._exit(EXIT_CODE)
