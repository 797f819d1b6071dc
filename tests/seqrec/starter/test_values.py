"""Columns of ids that nobody names: what their values tell."""

from collections.abc import Callable

import polars as pl
import pytest

from seqrec.starter.values import Told, are_ratings, tell_apart

N = 600


def ids(make: Callable[[int], object]) -> pl.Series:
    return pl.Series([str(make(n)) for n in range(N)])


NUMBERS = {"few": ids(lambda n: n * 7 % 37), "together": ids(lambda n: n // 20)}


def told(users: pl.Series, items: pl.Series, times: pl.Series | None = None) -> str | None:
    """Return the reason, which must not depend on the order of the columns."""
    found, turned = tell_apart(users, items, times), tell_apart(items, users, times)
    assert (found, turned) == (None, None) or (
        found is not None and turned == Told(first_is_user=False, reason=found.reason) and found.first_is_user
    )
    return None if found is None else found.reason


@pytest.mark.parametrize(
    ("users", "items"),
    [
        (ids(lambda n: f"u{n % 30}"), NUMBERS["few"]),
        (ids(lambda n: n % 30), ids(lambda n: f"Item_{n % 37}")),
        (ids(lambda n: f"A{n % 30:011}XQ"), ids(lambda n: f"{n % 37:09}X")),
        (ids(lambda n: n % 30), ids(lambda n: f"B{n % 37:09}")),
    ],
)
def test_ids_may_say_what_they_are(users: pl.Series, items: pl.Series) -> None:
    assert told(users, items, pl.Series(range(N))) == "the ids look like those of users and items"


def test_without_times_a_user_stands_together() -> None:
    assert told(NUMBERS["together"], NUMBERS["few"]) == "the lines of a user stand together"
    assert told(NUMBERS["few"], NUMBERS["few"].reverse()) is None


def test_a_user_comes_for_a_while_and_an_item_stays() -> None:
    times = pl.Series(range(N))
    reason = "the times of a user lie closer together than those of an item"
    assert told(NUMBERS["together"], NUMBERS["few"], times) == reason
    assert told(NUMBERS["few"], NUMBERS["few"].reverse(), times) is None
    assert told(NUMBERS["together"].head(40), NUMBERS["few"].head(40), times.head(40)) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [(["1", "5", "4.5"], True), (["5", "5"], False), (["1", "12"], False), (["1", "x"], False), (["1", None], False)],
)
def test_ratings_are_a_few_small_numbers(values: list[str | None], *, expected: bool) -> None:
    assert are_ratings(pl.Series(values)) == expected
