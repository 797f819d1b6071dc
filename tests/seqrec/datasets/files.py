"""Small files to read."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyarrow as pa

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.tables import canonical_interactions, canonical_items
from seqrec.datasets.errors import RejectLog
from seqrec.ingest.step import Step


def write(path: Path, text: str | bytes) -> Path:
    """Write a file with `text`, gzipped if its name says so."""
    raw = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def interactions_of(config: DatasetConfig, data: Path, log: RejectLog | None = None) -> pl.DataFrame:
    """Return all canonical interactions of a data set; without the column `part` if the dump has no parts."""
    step = Step() if log is None else Step(log)
    n_before = step.log.count
    frame = _frame(canonical_interactions(step.read(config.event_files(data), config.interactions)))
    assert step.n_read == frame.height + step.log.count - n_before
    return frame.drop("part") if frame["part"].null_count() == frame.height else frame


def items_of(config: DatasetConfig, data: Path, log: RejectLog | None = None) -> pl.DataFrame:
    """Return all canonical items of a data set."""
    step = Step() if log is None else Step(log)
    n_before = step.log.count
    frame = _frame(canonical_items(step.read(config.item_files(data), config.items)))
    assert step.n_read == frame.height + step.log.count - n_before
    return frame


def places(log: RejectLog) -> list[tuple[int, str]]:
    """Return line number and reason of each rejected line."""
    return [(line, reason) for _, line, reason, _ in log.rows]


def _frame(batches: Iterable[pa.RecordBatch]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(batch) for batch in batches])
