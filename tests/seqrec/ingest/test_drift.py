"""The drift between two dumps, with known changes."""

import numpy as np
import polars as pl
import pytest

from seqrec.errors import DataError
from seqrec.ingest.drift import Drift, Dump, Limits, drift_of


def dump(rows: list[tuple[str, str]], titled: set[str]) -> Dump:
    """Return a dump of users and items, some of which have titles."""
    items = sorted({item for _, item in rows})
    return Dump(
        pl.LazyFrame(rows, schema=["user_id", "item_id"], orient="row"),
        pl.LazyFrame(
            {"item_id": items, "title": ["a title" if item in titled else None for item in items]},
            schema={"item_id": pl.String, "title": pl.String},
        ),
    )


def rows(n_users: int, n_items: int, seed: int = 0, prefix: str = "") -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    return [
        (f"u{user}", f"{prefix}i{item}") for user in range(n_users) for item in rng.choice(n_items, 5, replace=False)
    ]


ALL = {f"i{n}" for n in range(50)}
BEFORE = dump(rows(200, 50), ALL)


def verdicts(drift: Drift) -> dict[str, str]:
    return {finding.check: finding.verdict for finding in drift.findings}


def test_the_same_dump_has_not_drifted() -> None:
    drift = drift_of(BEFORE, BEFORE, Limits())
    assert set(verdicts(drift).values()) == {"ok"}
    assert (drift.lost_users, drift.new_items, drift.popularity) == (0.0, 0.0, pytest.approx(0.0, abs=1e-12))
    drift.stop_if_wrong()


def test_growth_is_no_alarm() -> None:
    grown = dump(rows(200, 50) + [(f"n{user}", "i1") for user in range(20)], ALL)
    drift = drift_of(BEFORE, grown, Limits())
    assert set(verdicts(drift).values()) == {"ok"}
    assert drift.new_users == pytest.approx(20 / 220)


def test_a_truncated_export_stops_the_night() -> None:
    drift = drift_of(BEFORE, dump(rows(100, 50), ALL), Limits())
    assert verdicts(drift)["interactions"] == "wrong"
    assert (verdicts(drift)["users"], drift.lost_users) == ("warning", 0.5)
    with pytest.raises(DataError, match="500 interactions, 1,000 in the dump before"):
        drift.stop_if_wrong()
    drift_of(BEFORE, dump(rows(100, 50), ALL), Limits(lost_events=0.6)).stop_if_wrong()


def test_renamed_items_and_lost_titles_are_seen() -> None:
    drift = drift_of(BEFORE, dump(rows(200, 50, prefix="new-"), set()), Limits())
    found = verdicts(drift)
    assert (found["items"], found["popularity"], found["titles"], found["users"]) == (
        "warning",
        "warning",
        "warning",
        "ok",
    )
    assert drift.popularity == pytest.approx(1.0)
    assert (drift.lost_items, drift.new_items) == (1.0, 1.0)


def test_merged_users_are_seen() -> None:
    merged = [(f"u{int(user[1:]) // 2}", item) for user, item in rows(200, 50)]
    assert verdicts(drift_of(BEFORE, dump(merged, ALL), Limits()))["length"] == "warning"
