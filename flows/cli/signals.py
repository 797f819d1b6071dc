"""What SIGINT and SIGTERM do to a command: the first ends it in order, and the next Ctrl-C at once."""

import atexit
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final, NoReturn

from seqrec import stop

EXIT_CODE: Final = 130
PATIENCE_S: Final = 10.0
"""Seconds for an orderly end, after which the process leaves whatever hangs."""
TOGETHER_S: Final = 0.3
"""Two interruptions within this time are one: a terminal and a program that wraps ours may both pass it on."""

_SIGNALS: Final = frozenset({signal.SIGINT, signal.SIGTERM})
_WAKE: Final = signal.SIGURG
"""Wakes the main thread, since the system may hand a signal to any other."""


def run(command: Callable[[], object]) -> NoReturn:
    """Run a command as the whole work of this process, and end the process with its exit code.

    The first signal requests a stop, and interrupts the main thread. Once the command is over, signals interrupt
    nothing more, so that what is still open is closed in order.
    """
    ending = _Ending()
    # Registered before Prefect is imported, so that it is called last.
    atexit.register(ending.leave)
    interrupt = _Interrupt()
    _listen(interrupt)
    try:
        command()
        ending.code = 0
    except KeyboardInterrupt:
        ending.code = EXIT_CODE
    except SystemExit as ended:
        ending.code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    finally:
        interrupt.is_off = True
    sys.exit(ending.code)


class _Ending:
    """The end of the process without shutting down the interpreter, which takes seconds with our libraries."""

    def __init__(self) -> None:
        self.code = 1

    def leave(self) -> NoReturn:
        """End the process."""
        # The reader of a pipe may be gone.
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(self.code)


class _Interrupt:
    """The handler in the main thread, which interrupts it once: a second time might interrupt the orderly end."""

    def __init__(self) -> None:
        self.is_off = False

    def __call__(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler of signals
        if not self.is_off:
            self.is_off = True
            raise KeyboardInterrupt


def _listen(interrupt: _Interrupt) -> None:
    """Hand the signals to the handler, and to a thread, because Python calls no handler while a library computes."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # A shell without job control ignores SIGINT for what runs in the background; that stays so.
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    for number in _SIGNALS - {signal.SIGINT} if ignored else _SIGNALS:
        signal.signal(number, interrupt)
    signal.signal(_WAKE, lambda *_: None)
    threading.Thread(target=_see_off, args=[reader], name="signals", daemon=True).start()


def _see_off(reader: int) -> NoReturn:
    """Wait for the first signal, request the stop, and end the process if it does not end by itself."""
    while _SIGNALS.isdisjoint(os.read(reader, 64)):
        pass
    stop.request()
    # Python calls the handlers of other signals when any comes.
    signal.pthread_kill(threading.main_thread().ident or 0, _WAKE)
    started = time.monotonic()
    while (left_s := started + PATIENCE_S - time.monotonic()) > 0 and select.select([reader], [], [], left_s)[0]:
        again = signal.SIGINT in os.read(reader, 64)
        if again and time.monotonic() - started > TOGETHER_S:
            _abandon("It was left at once.")
    _abandon("It did not end in time.")


def _abandon(why: str) -> NoReturn:
    """End this process without any clean-up; its children notice, and the next run cleans up."""
    os.write(2, f"stopped  {why} The next run cleans up, and resumes from the last checkpoint.\n".encode())
    os._exit(EXIT_CODE)
