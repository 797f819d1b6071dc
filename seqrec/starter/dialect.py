"""How the text of a user's own table is separated into fields, guessed from its first lines."""

import csv
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from seqrec.datasets.parsing.blocks import first_lines
from seqrec.datasets.parsing.csv import Dialect

DELIMITERS: Final = (",", ";", "\t", "|")
RARE: Final = (":", " ")
"""Delimiters that stand in dates and titles too, and count only if no other fits. `::` gives columns without values."""
MOSTLY = 0.95
"""Share of the records that must have as many fields as the first."""
N_LINES = 100
"""Lines that are looked at."""


def guess_dialect(path: Path, usual: str) -> Dialect:
    """The delimiter that parts the first lines into most fields, and whether the first of them names the columns.

    A first line with a number or a date among its fields is taken for data.

    Args:
        path: A file of delimited text, perhaps gzipped.
        usual: The delimiter that a reader takes if none is named. If it is the guess, or none fits, none is named.

    Raises:
        DataError: The file is empty or damaged.
    """
    lines = [line.decode(errors="replace") + "\n" for line in first_lines(path, N_LINES)]
    delimiter = _best(lines, DELIMITERS) or _best(lines, RARE) or usual
    first = next(iter(_records(lines, delimiter)), [])
    return Dialect(None if delimiter == usual else delimiter, header=not any(map(_is_value, first)))


def _best(lines: list[str], delimiters: tuple[str, ...]) -> str | None:
    """The delimiter that parts lines into most fields, and nearly all into equally many; None if none parts any."""
    widths = {delimiter: _width(_records(lines, delimiter)) for delimiter in delimiters}
    best = max(widths, key=widths.__getitem__)
    return best if widths[best] > 1 else None


def _records(lines: list[str], delimiter: str) -> list[list[str]]:
    # Neither quotes that never close nor lone carriage returns make it text of another delimiter.
    with suppress(csv.Error):
        return list(csv.reader(lines, delimiter=delimiter))
    return []


def _width(records: list[list[str]]) -> int:
    """Number of fields of the first record; 0 if others have another number."""
    if not records:
        return 0
    n_alike = sum(len(record) == len(records[0]) for record in records)
    return len(records[0]) if n_alike >= MOSTLY * len(records) else 0


def _is_value(text: str) -> bool:
    """Whether it is a number, perhaps with a decimal comma, or a date."""
    for read in (float, datetime.fromisoformat):
        with suppress(ValueError):
            read(text.strip().replace(",", "."))
            return True
    return False
