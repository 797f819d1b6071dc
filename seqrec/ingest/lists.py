"""Item ids that are lists of ids: a row then stands for several interactions, and is counted as one."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Final

SEPARATORS: Final = (",", ";", "|", " ")
BRACKETS: Final = "[](){}"
QUOTES: Final = "\"' "
N_LOOKED_AT: Final = 10_000
"""Interactions whose items are looked at."""
MIN_LISTS: Final = 0.5
"""Share of the items that must have several parts."""
MIN_OTHER_LENGTHS: Final = 0.05
"""Share of the items that must have another number of parts than most: composed ids always have the same."""
MIN_NUMBERED: Final = 0.9
"""Share of the parts that must contain a digit: words of a title have none."""
MIN_REPEATED: Final = 0.2
"""Share of the parts that must be those of another item, too."""


def list_of_ids(items: Iterable[str]) -> str | None:
    """Returns one of the items of interactions that is a list of ids; None if items are single ids."""
    items = list(dict.fromkeys(islice(items, N_LOOKED_AT)))
    for separator in SEPARATORS:
        rows = [_parts(item, separator) for item in items]
        if _are_lists(rows):
            return items[max(range(len(rows)), key=lambda row: len(rows[row]))]
    return None


def _parts(item: str, separator: str) -> list[str]:
    parts = (part.strip(QUOTES) for part in item.strip(BRACKETS + QUOTES).split(separator))
    return [part for part in parts if part]


def _are_lists(rows: list[list[str]]) -> bool:
    n_rows = max(len(rows), 1)
    lengths = Counter(map(len, rows))
    (_, n_most), *_ = lengths.most_common(1) or [(0, n_rows)]
    if sum(len(row) > 1 for row in rows) < MIN_LISTS * n_rows or n_rows - n_most < MIN_OTHER_LENGTHS * n_rows:
        return False
    counts = Counter(part for row in rows for part in set(row))
    n_parts = counts.total()
    numbered = sum(count for part, count in counts.items() if any(map(str.isdigit, part)))
    repeated = sum(count for count in counts.values() if count > 1)
    return numbered >= MIN_NUMBERED * n_parts and repeated >= MIN_REPEATED * n_parts
