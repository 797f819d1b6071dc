"""Lines that are Python literals, as in the Amazon metadata of 2014. They are never run as code."""

import ast
import multiprocessing
import os
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import polars as pl
import pyarrow as pa

from seqrec.datasets.blocks import BLOCK_BYTES, read_blocks
from seqrec.datasets.fields import LINE, Fields
from seqrec.datasets.pools import unwaited
from seqrec.datasets.rejects import Rejects
from seqrec.datasets.values import MisfitError, row_reader

CHUNK_LINES = 2_000
"""Lines that one process works on at a time."""
SMALL_LINES = 20_000
"""Files up to this size are read in this process: starting others would take longer."""

_Lines = list[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What a chunk of lines held."""

    n_lines: int
    good: pl.DataFrame
    """Made where the lines are parsed: a frame goes from one process to another much faster than its rows."""
    bad: list[tuple[int, str, str]]
    """Line number, reason and text."""


def read_literal_lines(
    path: Path, fields: Fields, rejects: Rejects, block_bytes: int = BLOCK_BYTES
) -> Iterator[pl.DataFrame]:
    """The `fields` of each line, a Python dict literal, with its number in the column `LINE`.

    Absent fields are null. Blank lines are skipped; a line that is no such literal, or has a value of a wrong
    type, goes to `rejects`. Large files are read by several processes.

    Raises:
        DataError: The file is empty or its gzip stream is damaged, or it holds too many bad lines.
    """
    for parsed in _parsed(_chunks(path, block_bytes), fields):
        rejects.saw(path, parsed.n_lines)
        for number, reason, text in parsed.bad:
            rejects.add(path, number, reason, text)
        yield parsed.good


def parse_literal(text: str) -> object:
    """The value of a Python literal.

    Raises:
        ValueError: `text` is no literal.
    """
    with _quiet():
        return _evaluate(text)


def _evaluate(text: str) -> object:
    try:
        value: object = ast.literal_eval(text)
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return value


@contextmanager
def _quiet() -> Iterator[None]:
    """A backslash that escapes nothing is common in these texts, and harmless."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _chunks(path: Path, block_bytes: int) -> Iterator[_Lines]:
    lines = chain.from_iterable(block.lines() for block in read_blocks(path, block_bytes))
    while chunk := list(islice(lines, CHUNK_LINES)):
        yield chunk


def _parsed(chunks: Iterator[_Lines], fields: Fields) -> Iterator[_Parsed]:
    n_workers = len(os.sched_getaffinity(0))
    head = list(islice(chunks, SMALL_LINES // CHUNK_LINES + 1))
    if n_workers == 1 or len(head) * CHUNK_LINES <= SMALL_LINES:
        yield from (_parse(chunk, fields) for chunk in chain(head, chunks))
        return
    # Forking a process that runs threads, as polars does, can lock the child up.
    with unwaited(ProcessPoolExecutor(n_workers, multiprocessing.get_context("spawn"))) as pool:
        running: deque[Future[_Parsed]] = deque()
        for chunk in chain(head, chunks):
            running.append(pool.submit(_parse, chunk, fields))
            if len(running) > 2 * n_workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _parse(lines: _Lines, fields: Fields) -> _Parsed:
    read = row_reader(fields)
    rows: list[tuple[object, ...]] = []
    bad: list[tuple[int, str, str]] = []
    with _quiet():
        for number, line in lines:
            try:
                rows.append((number, *read(_evaluate(line.decode()))))
            except UnicodeDecodeError:
                bad.append((number, "not UTF-8", line.decode(errors="replace")))
            except MisfitError as misfit:
                bad.append((number, str(misfit), line.decode(errors="replace")))
            except ValueError:
                bad.append((number, "not a Python literal", line.decode(errors="replace")))
    return _Parsed(len(lines), _frame(rows, {LINE: pl.Int64(), **fields}), bad)


def _frame(rows: list[tuple[object, ...]], kinds: Fields) -> pl.DataFrame:
    """Rows as a frame, by way of Arrow, which takes nested lists much faster than polars does."""
    schema = pl.DataFrame(schema=dict(kinds)).to_arrow().schema
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for field, column in zip(schema, columns, strict=True)]
    return pl.DataFrame(pa.Table.from_arrays(arrays, schema=schema))
