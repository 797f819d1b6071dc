"""Small files to read."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyarrow as pa

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.tables import canonical_interactions, canonical_items
from seqrec.datasets.errors import Rejects


def write(path: Path, text: str | bytes) -> Path:
    """A file with `text`, gzipped if its name says so."""
    raw = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def interactions_of(config: DatasetConfig, data: Path, rejects: Rejects | None = None) -> pl.DataFrame:
    """All canonical interactions of a data set; without `part` where the dump says nothing of it."""
    frame = _frame(canonical_interactions(config.interactions(data, rejects or Rejects())))
    return frame.drop("part") if frame["part"].null_count() == frame.height else frame


def items_of(config: DatasetConfig, data: Path, rejects: Rejects | None = None) -> pl.DataFrame:
    """All canonical items of a data set."""
    return _frame(canonical_items(config.items(data, rejects or Rejects())))


def places(rejects: Rejects) -> list[tuple[int, str]]:
    """Line and reason of each line set aside."""
    return [(row["line"], row["reason"]) for row in rejects.table().to_pylist()]


def _frame(batches: Iterable[pa.RecordBatch]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(batch) for batch in batches])
