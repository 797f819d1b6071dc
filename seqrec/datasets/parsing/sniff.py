"""Lines that are either JSON or Python literals, whichever the file turns out to hold."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.parsing.blocks import first_lines
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.parsing.pyliteral import parse_literal, read_literal_lines
from seqrec.datasets.parsing.text import UTF_8
from seqrec.datasets.reading import Reading

_SNIFFED_LINES = 20


def read_records(reading: Reading, fields: Fields) -> Iterator[pl.DataFrame]:
    """The `fields` of each line of JSON or of Python literals, as `read_json_lines` gives them; errors are the same."""
    read = read_literal_lines if holds_literals(reading.path, reading.encoding) else read_json_lines
    return read(reading, fields)


def holds_literals(path: Path, encoding: str = UTF_8) -> bool:
    """Whether a file holds Python literals; the first line that is either decides, JSON before literal."""
    parsed = map(parse_line, first_lines(path, _SNIFFED_LINES, encoding))
    return next((is_literal for is_literal, _ in filter(None, parsed)), False)


def parse_line(line: bytes) -> tuple[bool, object] | None:
    """Whether a line is a literal rather than JSON, and its value; None if it is neither."""
    text = line.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        return False, json.loads(text)
    with suppress(ValueError):
        return True, parse_literal(text)
    return None
