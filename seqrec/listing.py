"""Names in an error: enough to recognise what was found, however many there are."""

from collections.abc import Iterable
from itertools import islice

_MAX_NAMES = 12
_MAX_CHARACTERS = 60


def listing(names: Iterable[str]) -> str:
    """The first names, long ones cut, and how many more there are."""
    rest = iter(names)
    first = [name[:_MAX_CHARACTERS] + "..." * (len(name) > _MAX_CHARACTERS) for name in islice(rest, _MAX_NAMES)]
    n_more = sum(1 for _ in rest)
    return (", ".join(first) or "(none)") + (f" and {n_more:,} more" if n_more else "")
