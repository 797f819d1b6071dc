"""Which era an Amazon file is of, told by the fields of its first lines and never by its name."""

import json
from collections import Counter
from pathlib import Path
from typing import Literal

from seqrec.datasets.parsing.blocks import first_lines
from seqrec.datasets.parsing.pyliteral import parse_literal
from seqrec.errors import DataError

Era = Literal["amazon_2014", "amazon_2018", "amazon_2023"]
"""An era, by the name of its reader."""

_SNIFFED_LINES = 100
_MARKS_2018 = frozenset({"verified", "style", "vote", "main_cat", "also_buy", "also_view", "tech1"})
_MARKS_2014 = frozenset({"helpful", "related", "salesRank", "imUrl"})
_FILES: dict[Era, str] = {
    "amazon_2014": "reviews_<Category>_5.json.gz and meta_<Category>.json.gz",
    "amazon_2018": "<Category>_5.json.gz and meta_<Category>.json.gz",
    "amazon_2023": "<Category>.jsonl.gz and meta_<Category>.jsonl.gz",
}


def check_era(path: Path, era: Era) -> Path:
    """The file itself, unless its first lines speak for another era.

    A file whose first lines speak for none is let through: the dumps are often passed on with fewer fields.

    Raises:
        DataError: The file is of another era, or damaged.
    """
    found = era_of(path)
    if found in (None, era):
        return path
    raise DataError(
        str(path),
        got=f"a file of {found.replace('_', ' ').title()}",
        expected=f"one of {era.replace('_', ' ').title()}, as dataset.name = {era} asks for",
        remedy=f"Read it with dataset.name = {found}, which looks for {_FILES[found]}; reviews and metadata must be "
        "of one era.",
    )


def era_of(path: Path) -> Era | None:
    """The era that most of the first lines speak for; None if none of them says anything.

    Raises:
        DataError: The file is empty or damaged.
    """
    votes = Counter(era for line in first_lines(path, _SNIFFED_LINES) if (era := _vote(line)) is not None)
    return votes.most_common(1)[0][0] if votes else None


def _vote(line: bytes) -> Era | None:
    """What one line says.

    Only 2023 knows `parent_asin`. Categories are a tree's paths in 2014, one flat list by another name in 2018.
    """
    record = _record(line)
    if "parent_asin" in record:
        return "amazon_2023"
    if "asin" not in record:
        return None
    if isinstance(record.get("category"), list) or _MARKS_2018 & record.keys():
        return "amazon_2018"
    if _holds_paths(record.get("categories")) or _MARKS_2014 & record.keys():
        return "amazon_2014"
    return None


def _holds_paths(categories: object) -> bool:
    return isinstance(categories, list) and any(isinstance(path, list) for path in categories)


def _record(line: bytes) -> dict[object, object]:
    """The fields of a line of JSON or of a Python literal; none where it is neither."""
    text = line.decode(errors="replace")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        try:
            record = parse_literal(text)
        except ValueError:
            return {}
    return record if isinstance(record, dict) else {}
