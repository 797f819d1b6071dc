"""JSON lines: the columns one asks for, at the speed of polars, with every line that can't be read set aside.

Polars reads a block at once. It refuses a block with a broken line, but takes a list or a truth value for
text, and half a surrogate pair for a zero character. Blocks with either are gone through line by line.
"""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NoReturn

import numpy as np
import polars as pl
from jaxtyping import Int64

from seqrec.datasets.ahead import worked_ahead
from seqrec.datasets.blocks import BLOCK_BYTES, Block
from seqrec.datasets.fields import Fields
from seqrec.datasets.lines import LINE
from seqrec.datasets.rejects import Rejects
from seqrec.datasets.unread import unread_blocks
from seqrec.datasets.values import MisfitError, row_reader

_CONVERTED = r"^(?:\[.*\]|\{.*\}|true|false)$|\x00"
"""Text that may have been something else in the file."""
_BEGINS_CONVERTED = np.zeros(256, np.bool_)
"""By the first byte of a text, whether it may be such."""
_BEGINS_CONVERTED[list(b"[{tf")] = True


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
    for block, frame in worked_ahead(lambda block: (block, _whole(block, fields)), blocks):
        if frame is None:
            yield from _line_by_line(path, block, fields, rejects)
        else:
            rejects.saw(path, frame.height)
            yield frame


def _whole(block: Block, fields: Fields) -> pl.DataFrame | None:
    """The rows of a block that is beyond doubt."""
    try:
        frame = pl.read_ndjson(block.data, schema=dict(fields))
    except pl.exceptions.PolarsError:
        return None
    if frame.height != block.n_lines or _has_doubtful(frame):
        return None
    return _numbered(frame, np.arange(block.first_line, block.first_line + frame.height))


def _has_doubtful(frame: pl.DataFrame) -> bool:
    texts = (_texts(column) for column in frame if column.dtype in (pl.String, pl.List))
    # One look at the bytes spares most columns the pattern, which takes three times as long.
    return any(_may_be_converted(column) and column.str.contains(_CONVERTED).any() for column in texts)


def _may_be_converted(texts: pl.Series) -> bool:
    """Whether any text begins as converted ones do, or any byte is zero."""
    _, starts, data = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()
    if data is None:
        return False
    places, characters = np.frombuffer(starts, np.int64), np.frombuffer(data, np.uint8)
    begins = characters[places[places < len(characters)]]
    return bool(_BEGINS_CONVERTED[begins].any() or np.count_nonzero(characters) < len(characters))


def _texts(column: pl.Series) -> pl.Series:
    """All texts of a column, whatever lists they are in."""
    while column.dtype == pl.List:
        column = column.explode()
    return column


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
        yield _numbered(frame, np.array(numbers))


def _numbered(frame: pl.DataFrame, lines: Int64[np.ndarray, " n_rows"]) -> pl.DataFrame:
    return frame.with_columns(pl.Series(LINE, lines, pl.Int64))
