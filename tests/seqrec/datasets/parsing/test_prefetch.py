import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.parsing.prefetch import parallel_map, prefetch


@given(st.lists(st.integers()), st.integers(1, 5))
def test_the_same_items_in_the_same_order(items: list[int], n: int) -> None:
    assert list(prefetch(iter(items), n)) == items


@given(st.lists(st.integers()), st.integers(1, 3))
def test_the_same_results_in_the_same_order(items: list[int], n: int) -> None:
    assert list(parallel_map(lambda item: 2 * item, iter(items), n)) == [2 * item for item in items]


def test_several_are_worked_on_at_once() -> None:
    together = threading.Barrier(2, timeout=60)
    assert list(parallel_map(lambda item: (together.wait() >= 0, item), iter([1, 2]), 2)) == [(True, 1), (True, 2)]


def test_an_error_of_the_work_comes_in_its_place() -> None:
    found = parallel_map(lambda item: 1 // item, iter([1, 0, 1]))
    assert next(found) == 1
    with pytest.raises(ZeroDivisionError):
        next(found)


@pytest.mark.parametrize("n", [1, 3])
def test_the_next_ones_are_made_while_one_is_used(n: int) -> None:
    made = [threading.Event() for _ in range(n + 1)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    found = prefetch(items(), n)
    assert next(found) == 0
    assert made[n].wait(60)
    assert list(found) == [*range(1, n + 1)]


def test_an_error_comes_after_what_was_made_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    found = prefetch(items())
    assert next(found) == 1
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_what_is_given_up_is_not_waited_for() -> None:
    # The garbage collector closes it, perhaps in a thread that holds a lock that the worker thread needs to end.
    go_on = threading.Event()

    def slow() -> Iterator[int]:
        yield 1
        go_on.wait(60)

    found = prefetch(slow())
    assert next(found) == 1
    closing = threading.Thread(target=found.close)
    closing.start()
    closing.join(10)
    waited = closing.is_alive()
    go_on.set()
    assert not waited
