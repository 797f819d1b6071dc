"""What a column's name tells about its meaning."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

USERS: Final = (
    "user",
    "customer",
    "reviewer",
    "visitor",
    "member",
    "client",
    "account",
    "buyer",
    "player",
    "listener",
    "person",
    "session",
)
ITEMS: Final = (
    "item",
    "product",
    "article",
    "asin",
    "aid",
    "sku",
    "movie",
    "book",
    "song",
    "track",
    "artist",
    "game",
    "app",
    "video",
    "news",
    "business",
    "restaurant",
    "recipe",
    "place",
    "page",
)
TIMES: Final = ("timestamp", "time", "datetime", "date", "ts", "day", "dat", "created", "added")
ORDERS: Final = (*TIMES, "position", "order", "step", "index", "rank", "sequence", "seq")
VALUES: Final = (
    "rating",
    "stars",
    "score",
    "overall",
    "value",
    "quantity",
    "price",
    "amount",
    "count",
    "weight",
    "reward",
)
TITLES: Final = ("title", "name")
BRANDS: Final = ("brand", "manufacturer", "publisher", "store", "vendor")
CATEGORIES: Final = ("categories", "category", "genres", "genre", "tags")
DESCRIPTIONS: Final = ("description", "desc", "features", "summary", "text")

_FILLERS: Final = {"id", "ids", "uuid", "code", "key", "no", "number", "at", "unix"}
"""Words of a name that say nothing about whose it is."""


def best_named(columns: Iterable[str], nouns: Sequence[str]) -> str | None:
    """The column whose name fits best, the first of those that fit equally; None if none does.

    A name that is one of the nouns, such as `userId`, comes before one that ends with it, such as `parent_asin`;
    among those, the nouns count in their order.
    """
    fits = {column: fit for column in columns if (fit := _fit(column, nouns)) is not None}
    return min(fits, key=fits.__getitem__) if fits else None


def words_of(name: str) -> list[str]:
    """The words of a column's name in lower case: `reviewerID`, `reviewer_id` and `reviewerid` have the same."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    parted = re.sub(r"(?<=[a-z]{3})id\b", " id", parted.lower())
    return re.findall(r"[^\W\d_]+", parted)


def _fit(column: str, nouns: Sequence[str]) -> tuple[bool, int] | None:
    words = words_of(column)
    telling = [word for word in words if word not in _FILLERS] or words
    if not telling or telling[-1] not in nouns:
        return None
    return len(telling) > 1, nouns.index(telling[-1])
