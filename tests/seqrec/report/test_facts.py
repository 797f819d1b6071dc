"""Facts about the lists for all users, in words and with dates."""

from typing import Any

from seqrec.report.facts import lists_in_words

MANIFEST: dict[str, Any] = {
    "made_at": "2026-12-01T02:39:33+00:00",
    "n_rows": 60_000,
    "experiment": "demo",
    "model": "sasrec",
    "version": "2",
    "dump": "516b5b3c51aa94c0155d",
    "k": 20,
    "n_users": 3_000,
    "n_users_scored": 1_000,
    "n_users_carried_over": 2_000,
    "n_users_by_popularity": 7,
    "n_unknown_events": 12,
    "n_new_items": 3,
    "known_until_us": 1_716_757_777_000_000,
    "popular": ["P0073", "P0287"],
    "scorer": {"package": "256ff2d7b83b19519334", "ties": ["random", 0]},
    "files": {"part-00000.parquet": {"size_bytes": 287_140, "digest": "e2eca4545f9dc6337426"}},
}


def test_lists_have_dates_and_counts_in_words() -> None:
    told = dict(lists_in_words(MANIFEST))
    assert told["Made"] == "2026-12-01 02:39 UTC"
    assert told["Last event"] == "2024-05-26 21:09 UTC"
    assert told["Model"] == "sasrec, version 2"
    assert told["Lists"] == "3,000, of 20 items each; 60,000 rows"
    assert told["Carried over"] == "2,000 users, whose history has not changed"
    assert told["Most popular"] == "P0073, P0287"
    assert not [value for value in told.values() if "{" in value or "[" in value or "_" in value]


def test_an_order_without_times_has_no_date() -> None:
    assert dict(lists_in_words(MANIFEST | {"known_until_us": 31_000_000}))["Last event"] == "without a date"
