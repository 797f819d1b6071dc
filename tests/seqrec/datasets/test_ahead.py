import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.datasets.ahead import ahead


@given(st.lists(st.integers()))
def test_the_same_items_in_the_same_order(items: list[int]) -> None:
    assert list(ahead(iter(items))) == items


def test_the_next_one_is_made_while_one_is_used() -> None:
    made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        made.set()
        yield 2

    found = ahead(items())
    assert next(found) == 1
    assert made.wait(60)
    assert list(found) == [2]


def test_an_error_comes_after_what_was_made_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_what_is_given_up_is_not_waited_for() -> None:
    # The garbage collector closes it, maybe in a thread that holds what the working thread needs to end.
    go_on = threading.Event()

    def slow() -> Iterator[int]:
        yield 1
        go_on.wait(60)

    found = ahead(slow())
    assert next(found) == 1
    closing = threading.Thread(target=found.close)
    closing.start()
    closing.join(10)
    waited = closing.is_alive()
    go_on.set()
    assert not waited
