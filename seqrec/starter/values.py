"""What the values of two columns of ids tell about which holds users and which items, where names do not."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import polars as pl

from seqrec.starter import names

Kind = Literal["user", "item"]

_PREFIX: Final = r"^([A-Za-z]+)[-_:]?\d"
_BEGINNINGS: Final[dict[Kind, tuple[str, ...]]] = {
    "user": ("u", "usr", "cust", *names.USERS),
    "item": ("i", "p", "prod", *names.ITEMS),
}
"""Words in front of the numbers of ids."""
_FORMS: Final[dict[Kind, str]] = {"user": r"^A[0-9A-Z]{11,20}$", "item": r"^(?:B[0-9A-Z]{9}|\d{9}[\dX])$"}
"""Amazon's reviewers; its products and books."""
_MOSTLY: Final = 0.95
_MIN_EVENTS: Final = 5
_MIN_GROUPS: Final = 10
_CLOSER: Final = 2
"""So many times closer lie the events of the usual user than those of the usual item."""
_MAX_RATINGS: Final = 11
_MAX_RATING: Final = 10


@dataclass(frozen=True, slots=True)
class Told:
    """Which of two columns holds users, and why."""

    first_is_user: bool
    reason: str


def tell_apart(first: pl.Series, second: pl.Series, times: pl.Series | None) -> Told | None:
    """Which of two columns of ids holds users, and which items; None where their values do not say so clearly.

    Without `times`, the lines are taken for the order of the events.
    """
    clues: tuple[tuple[Callable[[pl.Series, pl.Series], bool], str], ...] = (
        (_look_like_ids, "the ids look like those of users and items"),
        (
            (_stand_together, "the lines of a user stand together")
            if times is None
            else (partial(_are_closer, times=times), "the times of a user lie closer together than those of an item")
        ),
    )
    for holds, reason in clues:
        if holds(first, second) or holds(second, first):
            return Told(holds(first, second), reason)
    return None


def are_ratings(values: pl.Series) -> bool:
    """Whether the values are a few numbers from 0 to 10, as those of ratings are."""
    numbers = values.cast(pl.Float64, strict=False)
    return _share(numbers.is_between(0, _MAX_RATING)) == 1 and 1 < numbers.n_unique() <= _MAX_RATINGS


def _kind(ids: pl.Series) -> Kind | None:
    words = ids.str.extract(_PREFIX).str.to_lowercase()
    for kind in _BEGINNINGS:
        if _share(words.is_in(_BEGINNINGS[kind])) >= _MOSTLY or _share(ids.str.contains(_FORMS[kind])) >= _MOSTLY:
            return kind
    return None


def _share(holds: pl.Series) -> float:
    return int(holds.sum()) / max(1, len(holds))


def _n_runs(ids: pl.Series) -> int:
    """Number of stretches of rows with the same id."""
    return len(ids.rle())


def _look_like_ids(users: pl.Series, items: pl.Series) -> bool:
    return _kind(users) == "user" or _kind(items) == "item"


def _stand_together(users: pl.Series, items: pl.Series) -> bool:
    """Whether lines with the same user stand together, and lines with the same item do not."""
    return 2 * _n_runs(users) < len(users) < 2 * _n_runs(items)


def _are_closer(users: pl.Series, items: pl.Series, times: pl.Series) -> bool:
    """Whether the events of the usual user lie much closer together in time than those of the usual item."""
    by_user, by_item = (_usual_spread(ids, times) for ids in (users, items))
    return by_user is not None and by_item is not None and 0 < by_item >= _CLOSER * by_user


def _usual_spread(ids: pl.Series, times: pl.Series) -> float | None:
    """The median distance of the first and the last event of an id; None where too few ids have several."""
    groups = (
        pl.DataFrame({"id": ids, "time": times})
        .group_by("id")
        .agg(pl.len(), (pl.col("time").max() - pl.col("time").min()).alias("spread"))
        .filter(pl.col("len") >= _MIN_EVENTS)
    )
    return groups.select(pl.col("spread").median()).item() if groups.height >= _MIN_GROUPS else None
