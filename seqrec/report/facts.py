"""Facts about prepared data and about the lists for all users, by names and in words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from seqrec.preparation.dates import FIRST_DATE_US, iso

Facts = Iterator[tuple[str, str]]
"""Names and what is known, each in words."""


def data_in_words(summary: Mapping[str, Any]) -> Facts:
    """Yields the sizes of prepared data, and what was left out.

    Args:
        summary: The result of `preparation.summary.Summary.to_json()`.
    """
    raw, drawn, passes = summary["raw"], summary["drawn"], summary["core_passes"]
    train, prompts = summary["train_lengths"], summary["prompt_lengths"]
    yield "Raw", f"{raw['n_interactions']:,} interactions of {raw['n_users']:,} users with {raw['n_items']:,} items"
    if drawn:
        yield "Drawn", f"{drawn['n_interactions']:,} interactions of {drawn['n_users']:,} users"
    kept = f"{summary['n_interactions']:,} of {summary['n_users']:,} users with {summary['n_items']:,} items"
    yield "Kept", f"{kept}, after {passes} {'pass' if passes == 1 else 'passes'} of the core filter"
    yield "Density", f"{100 * summary['density']:.3g} %"
    dates = f"{summary['first_time'][:10]} to {summary['last_time'][:10]}"
    yield "Time", dates if summary["has_times"] else "an order without times"
    learnt = f"{summary['n_train_sessions']:,} users, {summary['n_train_interactions']:,} interactions"
    yield "Training", f"{learnt}; {train['mean']:.1f} per user ({_spread(train)})"
    yield "Validation", f"{summary['n_valid_cases']:,} cases"
    asked = f"{summary['n_test_cases']:,} cases"
    yield "Test", f"{asked}; prompts of {prompts['mean']:.1f} events ({_spread(prompts)})"
    yield "Candidates", f"{summary['n_candidates']:,} items"
    if summary["n_cut_train_interactions"]:
        yield "Cut away", f"{summary['n_cut_train_interactions']:,} older training interactions"
    for reason, count in summary["dropped"].items():
        yield "Left out", f"{count:,}: {reason.replace('_', ' ')}"


def lists_in_words(manifest: Mapping[str, Any]) -> Facts:
    """Yields who made the lists, for whom, and from what.

    Args:
        manifest: What `manifest.json` says beside the lists.
    """
    yield "Made", _minute(manifest["made_at"])
    yield "Model", f"{manifest['model']}, version {manifest['version']}"
    yield "Lists", f"{manifest['n_users']:,}, of {manifest['k']} items each; {manifest['n_rows']:,} rows"
    yield "Scored now", f"{manifest['n_users_scored']:,} users"
    yield "Carried over", f"{manifest['n_users_carried_over']:,} users, whose history has not changed"
    yield "By popularity", f"{manifest['n_users_by_popularity']:,} users, who have no item that the model knows"
    yield "New items", f"{manifest['n_new_items']:,}, which the model was not fitted on"
    yield "Unknown events", f"{manifest['n_unknown_events']:,}, with items that the model does not know"
    known_until_us = manifest["known_until_us"]
    is_date = known_until_us >= FIRST_DATE_US
    yield "Last event", _minute(iso(known_until_us)) if is_date else "without a date"
    yield "Most popular", ", ".join(manifest["popular"])
    yield "Dump", manifest["dump"]


def _spread(lengths: Mapping[str, float]) -> str:
    return f"median {lengths['median']:g}, at most {lengths['max']}"


def _minute(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M} UTC"
