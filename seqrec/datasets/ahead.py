"""Work that goes on while its last result is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; the next one is made in a thread of its own while one is worked on.

    An iterator that is given up, such as by an error, is closed whenever the garbage collector comes across it:
    possibly in a thread that is just starting and holds the very lock which waiting for another thread needs. So the
    thread is told to stop in the end, but not waited for.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
    try:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
