"""Workers of a reader that nobody may read to its end."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TypeVar

AnyExecutor = TypeVar("AnyExecutor", bound=Executor)


@contextmanager
def unwaited(pool: AnyExecutor) -> Iterator[AnyExecutor]:
    """The pool, which is told to stop in the end, but not waited for.

    A reader that is given up, such as by an error, is closed whenever the garbage collector comes across it: possibly
    in a thread that is just starting and holds the very lock which waiting for another thread needs. To wait there
    would lock the program up.
    """
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
