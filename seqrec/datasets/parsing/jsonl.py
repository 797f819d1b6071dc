"""JSON lines: the columns one asks for, at the speed of polars, with every line that can't be read set aside.

Polars reads a block at once. Blocks of which it is not certain are gone through line by line.
"""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NoReturn

import numpy as np
import polars as pl

from seqrec.datasets.canonical.fields import Fields
from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.blocks import BLOCK_BYTES, Block
from seqrec.datasets.parsing.coerce import MisfitError, row_reader
from seqrec.datasets.parsing.jsonl_fast import numbered, read_certain
from seqrec.datasets.parsing.prefetch import worked_ahead
from seqrec.datasets.parsing.unread import unread_blocks


def read_json_lines(
    path: Path, fields: Fields, rejects: Rejects, block_bytes: int = BLOCK_BYTES
) -> Iterator[pl.DataFrame]:
    """The `fields` of each line, with its number in the column `LINE`; absent fields are null.

    Blank lines are skipped. Numbers become text where text is asked for; any other value of a wrong type, and
    any line that is not one JSON object in UTF-8, goes to `rejects`.

    Raises:
        DataError: The file is empty or its gzip stream is damaged, or it holds too many bad lines.
    """
    blocks = unread_blocks(path, rejects, block_bytes)
    for block, frame in worked_ahead(lambda block: (block, read_certain(block.data, block.n_lines, fields)), blocks):
        if frame is None:
            yield from _line_by_line(path, block, fields, rejects)
        else:
            rejects.saw(path, frame.height)
            yield numbered(frame, np.arange(block.first_line, block.first_line + frame.height))


def _line_by_line(path: Path, block: Block, fields: Fields, rejects: Rejects) -> Iterator[pl.DataFrame]:
    read, lines = row_reader(fields), list(block.lines())
    rejects.saw(path, len(lines))
    good = []
    for number, line in lines:
        reason = _fault(line, read)
        if reason is None:
            good.append((number, line))
        else:
            rejects.add(path, number, reason, line.decode(errors="replace"))
    yield from _parsed(path, good, fields, rejects)


def _fault(line: bytes, read: Callable[[object], object]) -> str | None:
    try:
        record = json.loads(line.decode(), parse_constant=_refuse)
    except UnicodeDecodeError:
        return "not UTF-8"
    except (ValueError, RecursionError):
        return "not JSON"
    try:
        read(record)
    except MisfitError as misfit:
        return str(misfit)
    return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _parsed(path: Path, lines: list[tuple[int, bytes]], fields: Fields, rejects: Rejects) -> Iterator[pl.DataFrame]:
    """The rows of lines that look good. What polars still refuses, such as 1e999, is found by halving."""
    if not lines:
        return
    numbers, texts = zip(*lines, strict=True)
    try:
        frame = pl.read_ndjson(b"\n".join(texts), schema=dict(fields))
    except pl.exceptions.PolarsError:
        if len(lines) == 1:
            rejects.add(path, numbers[0], "not JSON", texts[0].decode())
            return
        half = len(lines) // 2
        yield from chain(_parsed(path, lines[:half], fields, rejects), _parsed(path, lines[half:], fields, rejects))
    else:
        yield numbered(frame, np.array(numbers))
