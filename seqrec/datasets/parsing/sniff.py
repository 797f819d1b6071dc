"""Lines that are either JSON or Python literals, whichever the file turns out to hold."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.blocks import first_lines
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.parsing.pyliteral import parse_literal, read_literal_lines

_SNIFFED_LINES = 20


def read_records(path: Path, fields: Fields, rejects: Rejects) -> Iterator[pl.DataFrame]:
    """The `fields` of each line of JSON or of Python literals, as `read_json_lines` gives them.

    Raises:
        DataError: The file is empty or its gzip stream is damaged, or it holds too many bad lines.
    """
    read = read_literal_lines if holds_literals(path) else read_json_lines
    return read(path, fields, rejects)


def holds_literals(path: Path) -> bool:
    """Whether a file holds Python literals; the first line that is either decides, JSON before literal."""
    for line in first_lines(path, _SNIFFED_LINES):
        text = line.decode(errors="replace")
        if _is_json(text):
            return False
        if _is_literal(text):
            return True
    return False


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_literal(text: str) -> bool:
    try:
        parse_literal(text)
    except ValueError:
        return False
    return True
