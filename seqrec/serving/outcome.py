"""How lists did that were given to people: did their next event take something from the list?

A comparison asks what a model would have recommended in the past. Here, lists were made first, and the events came
after. Users without an event since then say nothing; an event with an item that the model could not know counts as a
miss, and is counted apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float64

from seqrec.evaluation.estimate import estimate_mean
from seqrec.evaluation.results import Cell
from seqrec.json_value import Value
from seqrec.schema import ITEM, TIMESTAMP, USER
from seqrec.serving.batch import RANK

CONFIDENCE = 0.95
LEAST_USERS = 100
"""The number of users below which nothing is called a fall."""
AGES_DAYS = (1, 2, 7)
"""Limits between the ages of a list, in days, at which events are counted apart."""


@dataclass(frozen=True, slots=True)
class Realised(Value):
    """Metrics of the users in one group, as means with intervals over users."""

    n_users: int
    hit_rate: Cell
    ndcg: Cell


@dataclass(frozen=True, slots=True)
class Outcome(Value):
    """How the lists of one scoring did until now."""

    k: int
    n_lists: int
    n_users: int
    """Users with an event since the lists were made."""
    n_unknown_items: int
    """Users among them whose next item the model did not know."""
    lists: Mapping[str, Realised]
    """By age of the list at the event, and `all`."""
    popularity: Mapping[str, Realised]
    """The same for the most popular items of the night of the lists."""

    def fall(self, least_hit_rate: float | None = None) -> str | None:
        """Returns in words how the lists fell below a limit, beyond chance; None if they did not.

        Args:
            least_hit_rate: The limit; by default, the hit rate of the most popular items of that night.
        """
        own, popular = self.lists.get("all"), self.popularity.get("all")
        if own is None or popular is None or own.n_users < LEAST_USERS or own.hit_rate.high is None:
            return None
        limit = popular.hit_rate.mean if least_hit_rate is None else least_hit_rate
        if own.hit_rate.high >= limit:
            return None
        what = "that of the most popular items" if least_hit_rate is None else "the limit"
        return (
            f"hr@{self.k} of the last lists is {own.hit_rate.mean:.4f}, by its interval at most "
            f"{own.hit_rate.high:.4f} for {own.n_users:,} users, and so below {what}, {limit:.4f}."
        )


def outcome_of(
    lists: pl.DataFrame, popular: Sequence[str], known: frozenset[str], events: pl.LazyFrame, since_us: int, k: int
) -> Outcome:
    """Measures lists on the next event of each user.

    Args:
        lists: User, rank from 1 and item.
        popular: The most popular items of that night, best first.
        known: The items that the model could recommend.
        events: The columns of `schema.INTERACTIONS`; those after `since_us` are looked at.
        since_us: The time of the last event that the model knew, in microseconds since 1970.
        k: Length of the lists that is measured.
    """
    after = events.filter(pl.col(TIMESTAMP).dt.epoch("us") > since_us).select(USER, ITEM, TIMESTAMP)
    first = after.sort(TIMESTAMP).group_by(USER, maintain_order=True).first().collect()
    users = lists.select(USER).unique()
    asked = first.join(users, on=USER, how="semi")
    own = asked.join(lists.filter(pl.col(RANK) <= k), on=[USER, ITEM], how="left", maintain_order="left")
    places = pl.DataFrame({ITEM: list(popular[:k])}, schema={ITEM: pl.String}).with_row_index("place", offset=1)
    common = asked.join(places, on=ITEM, how="left", maintain_order="left")
    days = (asked[TIMESTAMP].dt.epoch("us").to_numpy() - since_us) / 86_400e6
    return Outcome(
        k=k,
        n_lists=users.height,
        n_users=asked.height,
        n_unknown_items=int((~asked[ITEM].is_in(list(known))).sum()),
        lists=_by_age(own[RANK], days),
        popularity=_by_age(common["place"], days),
    )


def _by_age(ranks: pl.Series, days: Float64[np.ndarray, " n"]) -> dict[str, Realised]:
    found = ranks.cast(pl.Float64).fill_null(np.inf).to_numpy()
    groups = {"all": np.ones(len(found), bool)}
    below = 0.0
    for limit in (*AGES_DAYS, np.inf):
        name = f"after {below:g} days" if limit == np.inf else f"{below:g} to {limit:g} days"
        groups[name], below = (days > below) & (days <= limit), float(limit)
    return {name: _realised(found[group]) for name, group in groups.items() if group.any()}


def _realised(ranks: Float64[np.ndarray, " n"]) -> Realised:
    return Realised(len(ranks), _cell((ranks < np.inf).astype(float)), _cell(1.0 / np.log2(1.0 + ranks)))


def _cell(values: Float64[np.ndarray, " n"]) -> Cell:
    estimate = estimate_mean(values[None, :])
    return Cell(estimate.value, None, *estimate.interval(CONFIDENCE))
