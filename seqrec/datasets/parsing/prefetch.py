"""Work in threads that continues while its last result is used."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(items: Iterator[Item], n: int = 1) -> Iterator[Item]:
    """Yields the same items; while one is used, a thread makes the next `n`, one after the other.

    An iterator that is given up, such as by an error, is closed whenever the garbage collector comes across it:
    possibly in a thread that is just starting and holds the very lock which waiting for another thread needs. So the
    thread is asked to stop in the end, but not waited for.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prefetch")
    try:
        coming = deque(pool.submit(next, items, None) for _ in range(n))
        while (item := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def parallel_map(work: Callable[[Item], Result], items: Iterator[Item], n: int = 2) -> Iterator[Result]:
    """Yields what `work` makes of each item, in order; while a result is used, threads work on the next `n` items.

    As with `prefetch`, threads are not waited for in the end. An error of `items` comes before results that were still
    to come, one of `work` in its place.
    """
    pool = ThreadPoolExecutor(max_workers=n, thread_name_prefix="parallel-map")
    coming: deque[Future[Result]] = deque()
    try:
        for item in items:
            coming.append(pool.submit(work, item))
            if len(coming) > n:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
