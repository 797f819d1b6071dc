"""The drift between two dumps of one source: what a night must not swallow silently."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float64

from seqrec.audit.finding import Finding, percent
from seqrec.config import Config, Share
from seqrec.errors import DataError
from seqrec.json_value import Value
from seqrec.schema import ITEM, TITLE, USER


class Limits(Config):
    """From where on a change is a warning, or stops the night."""

    lost_events: Share = 0.1
    """The share of interactions by which a dump may shrink before the night stops: logs only grow."""
    lost_users: Share = 0.2
    """The share of users that may be gone before it is a warning."""
    lost_items: Share = 0.3
    """The share of items with interactions that may be gone before it is a warning."""
    popularity: Share = 0.3
    """The distance between the items' shares of interactions (Jensen-Shannon, 0 to 1) from which on it is a warning."""
    length: Share = 0.3
    """The relative change of the mean history's length from which on it is a warning."""
    coverage: Share = 0.1
    """The fall of the share of interactions whose items have titles from which on it is a warning."""


@dataclass(frozen=True, slots=True)
class Snapshot(Value):
    """The figures of one dump."""

    n_interactions: int
    n_users: int
    n_items: int
    mean_length: float
    titled: float
    """Share of interactions whose items have titles."""


@dataclass(frozen=True, slots=True)
class Drift(Value):
    """What changed between two dumps."""

    before: Snapshot
    now: Snapshot
    lost_users: float
    """Share of the former users that are gone."""
    lost_items: float
    new_users: float
    """Share of today's users that are new."""
    new_items: float
    popularity: float
    """Jensen-Shannon divergence, in bits, between the items' shares of interactions."""
    findings: tuple[Finding, ...]

    def stop_if_wrong(self) -> None:
        """Refuses a dump that lost what a log can't lose.

        Raises:
            DataError: It did.
        """
        for finding in self.findings:
            if finding.verdict == "wrong":
                raise DataError(
                    f"drift: {finding.check}",
                    got=finding.sentence.rstrip("."),
                    expected="a dump with at least what the one before had",
                    remedy=finding.remedy,
                )


@dataclass(frozen=True, slots=True)
class Dump:
    """The canonical tables of a dump."""

    interactions: pl.LazyFrame
    items: pl.LazyFrame


def drift_of(before: Dump, now: Dump, limits: Limits) -> Drift:
    """Compares a dump with the one before."""
    earlier, later = _snapshot(before), _snapshot(now)
    counts = _counts(before, "before").join(_counts(now, "now"), on=ITEM, how="full", coalesce=True).collect()
    old, new = (counts[name].fill_null(0).to_numpy().astype(np.float64) for name in ("before", "now"))
    users_before, users_now = (one.interactions.select(USER).unique() for one in (before, now))
    n_kept = users_before.join(users_now, on=USER, how="semi").select(pl.len()).collect().item()
    n_items_kept = int(((old > 0) & (new > 0)).sum())
    figures = {
        "lost_users": 1.0 - n_kept / max(1, earlier.n_users),
        "lost_items": 1.0 - n_items_kept / max(1, earlier.n_items),
        "new_users": 1.0 - n_kept / max(1, later.n_users),
        "new_items": 1.0 - n_items_kept / max(1, later.n_items),
        "popularity": _divergence(old, new),
    }
    return Drift(earlier, later, **figures, findings=tuple(_findings(earlier, later, figures, limits)))


def _snapshot(dump: Dump) -> Snapshot:
    titled = dump.items.filter(pl.col(TITLE).is_not_null()).select(ITEM)
    n_events, n_users, n_items = (
        dump.interactions.select(pl.len(), pl.col(USER).n_unique().alias("u"), pl.col(ITEM).n_unique().alias("i"))
        .collect()
        .row(0)
    )
    n_titled = dump.interactions.join(titled, on=ITEM, how="semi").select(pl.len()).collect().item()
    return Snapshot(n_events, n_users, n_items, n_events / max(1, n_users), n_titled / max(1, n_events))


def _counts(dump: Dump, name: str) -> pl.LazyFrame:
    return dump.interactions.group_by(ITEM).agg(pl.len().alias(name))


def _divergence(old: Float64[np.ndarray, " n"], new: Float64[np.ndarray, " n"]) -> float:
    p, q = old / max(1.0, old.sum()), new / max(1.0, new.sum())
    middle = (p + q) / 2.0

    def bits(share: Float64[np.ndarray, " n"]) -> float:
        there = share > 0
        return float((share[there] * np.log2(share[there] / middle[there])).sum())

    return max(0.0, (bits(p) + bits(q)) / 2.0)


def _findings(before: Snapshot, now: Snapshot, figures: dict[str, float], limits: Limits) -> Iterator[Finding]:
    lost = 1.0 - now.n_interactions / max(1, before.n_interactions)
    sentence = f"{now.n_interactions:,} interactions, {before.n_interactions:,} in the dump before."
    yield Finding(
        "interactions",
        "wrong" if lost > limits.lost_events else "ok",
        sentence,
        {"lost": lost},
        "Look for a truncated export; if it is right, raise drift.lost_events." if lost > limits.lost_events else "",
    )
    for name, what in (("lost_users", "users"), ("lost_items", "items")):
        share, limit = figures[name], getattr(limits, name)
        new = figures[name.replace("lost", "new")]
        yield Finding(
            what,
            "warning" if share > limit else "ok",
            f"{percent(max(0.0, share))} of the {what} are gone, {percent(max(0.0, new))} are new.",
            {"lost": share, "new": new},
            f"See whether the export still has all {what}." if share > limit else "",
        )
    distance = figures["popularity"]
    yield Finding(
        "popularity",
        "warning" if distance > limits.popularity else "ok",
        f"The items' shares of interactions moved by {distance:.3f} (Jensen-Shannon, 0 to 1).",
        {"distance": distance},
        "See whether ids were renamed." if distance > limits.popularity else "",
    )
    change = now.mean_length / max(1e-12, before.mean_length) - 1.0
    yield Finding(
        "length",
        "warning" if abs(change) > limits.length else "ok",
        f"The mean history has {now.mean_length:.1f} events, {before.mean_length:.1f} before.",
        {"change": change},
        "See whether users were merged or divided." if abs(change) > limits.length else "",
    )
    fall = before.titled - now.titled
    yield Finding(
        "titles",
        "warning" if fall > limits.coverage else "ok",
        f"{percent(now.titled)} of the interactions have items with titles, {percent(before.titled)} before.",
        {"fall": fall},
        "See whether the file of the items is up to date." if fall > limits.coverage else "",
    )
