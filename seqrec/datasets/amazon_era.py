"""The era of an Amazon file, recognised by the fields of its first lines and never by its name."""

from collections import Counter
from pathlib import Path
from typing import Literal

from seqrec.datasets.parsing.blocks import first_lines
from seqrec.datasets.parsing.sniff import parse_line
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
    got, wanted = (f"a file of {name.replace('_', ' ').title()}" for name in (found, era))
    looks_for = f"Read it with dataset.name = {found}, which looks for {_FILES[found]}"
    remedy = f"{looks_for}; reviews and metadata must be of one era."
    raise DataError(str(path), got=got, expected=f"{wanted}, as dataset.name = {era} requires", remedy=remedy)


def era_of(path: Path) -> Era | None:
    """The era that most of the first lines speak for, None if none does; a `DataError` if the file is damaged."""
    lines = map(parse_line, first_lines(path, _SNIFFED_LINES))
    votes = Counter(era for line in lines if line is not None and (era := _vote(line[1])) is not None)
    return votes.most_common(1)[0][0] if votes else None


def _vote(record: object) -> Era | None:
    # Only 2023 knows `parent_asin`. Categories are a tree's paths in 2014, one flat list by another name in 2018.
    if not isinstance(record, dict):
        return None
    if "parent_asin" in record:
        return "amazon_2023"
    if "asin" not in record:
        return None
    if isinstance(record.get("category"), list) or _MARKS_2018 & record.keys():
        return "amazon_2018"
    paths = record.get("categories")
    if _MARKS_2014 & record.keys() or (isinstance(paths, list) and any(isinstance(path, list) for path in paths)):
        return "amazon_2014"
    return None
