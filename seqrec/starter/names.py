"""What a column's name tells about its meaning."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from seqrec.starter import translations

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
    *translations.USERS,
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
    *translations.ITEMS,
)
TIMES: Final = ("timestamp", "time", "datetime", "date", "ts", "day", "dat", "created", "added", *translations.TIMES)
TIMES_OF_DAY: Final = ("time", "clock", "hour", *translations.TIMES_OF_DAY)
ORDERS: Final = (*TIMES, "position", "order", "step", "index", "rank", "sequence", "seq", *translations.ORDERS)
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
    *translations.VALUES,
)
TITLES: Final = ("title", "name", *translations.TITLES)
BRANDS: Final = ("brand", "manufacturer", "publisher", "store", "vendor", *translations.BRANDS)
CATEGORIES: Final = ("categories", "category", "genres", "genre", "tags", *translations.CATEGORIES)
DESCRIPTIONS: Final = ("description", "desc", "features", "summary", "text", *translations.DESCRIPTIONS)

_FILLERS: Final = {"id", "ids", "uuid", "code", "key", "no", "number", "at", "unix", *translations.FILLERS}
"""Words of a name that say nothing about whose it is."""
_TYPE: Final = re.compile(r":(?:token|float)(?:_seq)?$")
"""What RecBole adds to the name of a column."""
_COMPOUND: Final = re.compile(
    rf"(?<=[a-z]{{2}})({'|'.join(translations.ENDINGS)})\b"
    # An English word that other words end with too.
    rf"|(?<=\b)({'|'.join(sorted({*USERS, *ITEMS}, key=len, reverse=True))})(name)\b"
)


def best_named(columns: Iterable[str], nouns: Sequence[str]) -> str | None:
    """The column whose name fits best, the first of those that fit equally; None if none does.

    A name that is one of the nouns, such as `userId`, comes before one that ends with it, such as `parent_asin`;
    among those, the nouns count in their order.
    """
    fits = {column: fit for column in columns if (fit := _fit(column, nouns)) is not None}
    return min(fits, key=fits.__getitem__) if fits else None


def words_of(name: str) -> list[str]:
    """The words of a column's name in lower case and without accents.

    `reviewerID`, `reviewer_id` and `reviewerid` have the same, and so have `Artikel-Nr` and `Artikelnr`.
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", _without_accents(_TYPE.sub("", name)))
    parted = re.sub(r"(?<=[a-z]{3})id\b", " id", parted.lower())
    parted = _COMPOUND.sub(_apart, parted)
    return re.findall(r"[^\W\d_]+", parted)


def _apart(found: re.Match[str]) -> str:
    return f" {found[1]}" if found[1] else f"{found[2]} {found[3]}"


def _without_accents(name: str) -> str:
    parts = unicodedata.normalize("NFKD", name)
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not unicodedata.combining(sign)))


def _fit(column: str, nouns: Sequence[str]) -> tuple[bool, int] | None:
    words = words_of(column)
    telling = [word for word in words if word not in _FILLERS] or words
    if not telling:
        return None
    head = telling[0] if telling[0] in translations.HEADS else telling[-1]
    return (len(telling) > 1, nouns.index(head)) if head in nouns else None
