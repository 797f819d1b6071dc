"""One piece of work in its own process, which may fail or take too long without harm to others."""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of a piece of work."""

    seconds: float
    """Wall time, including the start of its process and its imports."""
    figures: Mapping[str, object] | None = None
    error: str | None = None
    """The reason if there are no figures."""


def within(limit_s: float, work: Callable[[], Mapping[str, object]]) -> Ended:
    """Run `work`, which must be picklable, in a fresh process that is killed when the time is up."""
    context, started = multiprocessing.get_context("spawn"), time.monotonic()
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(there, work))
    process.start()
    there.close()
    try:
        figures, error = here.recv() if here.poll(limit_s) else (None, f"not done within {limit_s:.0f} s")
    except EOFError:
        process.join()
        figures, error = None, f"the process ended with code {process.exitcode}"
    process.kill()
    process.join()
    return Ended(time.monotonic() - started, figures, error)


def _send(there: Connection, work: Callable[[], Mapping[str, object]]) -> None:
    try:
        there.send((work(), None))
    except Exception as error:  # noqa: BLE001 - any error becomes a line of the table
        traceback.print_exc()
        there.send((None, f"{type(error).__name__}: {error}"))
