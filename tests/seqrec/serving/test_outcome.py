"""How given lists did, with known answers."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from seqrec.serving.outcome import Outcome, outcome_of

NIGHT = datetime(2026, 3, 1, 2, tzinfo=UTC)
SINCE = int(NIGHT.timestamp() * 1e6)
LISTS = pl.DataFrame(
    {"user_id": ["a", "a", "b", "b", "c", "c"], "rank": [1, 2, 1, 2, 1, 2], "item_id": ["x", "y", "y", "z", "x", "z"]}
)


def events(*rows: tuple[str, str, float]) -> pl.LazyFrame:
    """Return events by user, item and hours after the night."""
    return pl.LazyFrame(
        {
            "user_id": [user for user, _, _ in rows],
            "item_id": [item for _, item, _ in rows],
            "timestamp": [NIGHT + timedelta(hours=hours) for _, _, hours in rows],
        },
        schema_overrides={"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Datetime("us", "UTC")},
    )


def test_the_next_event_of_each_user_decides() -> None:
    found = outcome_of(
        LISTS,
        ["z", "y"],
        frozenset("xyz"),
        events(("a", "z", -5), ("a", "y", 3), ("a", "x", 4), ("b", "w", 30), ("c", "x", 50), ("d", "x", 1)),
        SINCE,
        k=2,
    )
    assert (found.n_lists, found.n_users, found.n_unknown_items) == (3, 3, 1)
    # User a takes the second item of her list, b an unknown item, c the first.
    assert found.lists["all"].hit_rate.mean == pytest.approx(2 / 3)
    assert found.lists["all"].ndcg.mean == pytest.approx((1 / np.log2(3) + 0 + 1) / 3)
    assert found.popularity["all"].hit_rate.mean == pytest.approx(1 / 3)
    by_age = {name: (one.n_users, one.hit_rate.mean) for name, one in found.lists.items()}
    assert by_age == {
        "all": (3, pytest.approx(2 / 3)),
        "0 to 1 days": (1, 1.0),
        "1 to 2 days": (1, 0.0),
        "2 to 7 days": (1, 1.0),
    }
    low, high = found.lists["all"].hit_rate.low, found.lists["all"].hit_rate.high
    assert low is not None
    assert high is not None
    assert low < 2 / 3 < high


def test_shorter_lists_hit_less() -> None:
    found = outcome_of(LISTS, [], frozenset("xyz"), events(("a", "y", 3), ("c", "x", 50)), SINCE, k=1)
    assert found.lists["all"].hit_rate.mean == 0.5
    assert found.popularity["all"].hit_rate.mean == 0.0


def test_without_events_since_then_nothing_is_known() -> None:
    found = outcome_of(LISTS, ["x"], frozenset("x"), events(("a", "y", -3)), SINCE, k=2)
    assert (found.n_users, found.lists, found.popularity) == (0, {}, {})


def test_random_lists_hit_by_chance() -> None:
    rng = np.random.default_rng(0)
    users = [f"u{n}" for n in range(2_000)]
    items = [f"i{n}" for n in range(100)]
    rows = [
        {"user_id": user, "rank": rank, "item_id": item}
        for user in users
        for rank, item in enumerate(rng.choice(items, 10, replace=False).tolist(), start=1)
    ]
    taken = events(*((user, str(rng.choice(items)), 5.0) for user in users))
    found = outcome_of(pl.DataFrame(rows), items[:10], frozenset(items), taken, SINCE, k=10)
    assert found.lists["all"].hit_rate.mean == pytest.approx(0.1, abs=0.03)
    assert found.popularity["all"].hit_rate.mean == pytest.approx(0.1, abs=0.03)


def test_lists_fall_if_they_are_below_a_limit_beyond_chance() -> None:
    users = [f"u{number}" for number in range(200)]
    lists = pl.DataFrame({"user_id": users, "rank": [1] * 200, "item_id": ["x"] * 200})

    def found(n_hits: int, n_users: int = 200) -> Outcome:
        taken = events(*((user, "x" if number < n_hits else "z", 1.0) for number, user in enumerate(users[:n_users])))
        return outcome_of(lists, ["z"], frozenset("xz"), taken, SINCE, k=1)

    assert found(20).fall(0.08) is None
    assert found(20).fall(0.12) is None
    assert str(found(20).fall(0.5)).endswith("and so below the limit, 0.5000.")
    assert str(found(20).fall()).endswith("and so below that of the most popular items, 0.9000.")
    assert found(150).fall() is None
    # A few users prove nothing.
    assert found(0, n_users=20).fall(0.5) is None
    assert found(0, n_users=0).fall(0.5) is None
