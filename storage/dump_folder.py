"""The sink of an ingest: the tables of a dump as Parquet files in a folder."""

from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec.datasets.parsing.prefetch import prefetch
from seqrec.ingest.keys import USER, keys_of
from seqrec.ingest.sink import SCHEMAS, Table
from storage.atomic_write import discard, writing
from storage.files import ParquetSink

_BATCHES_AHEAD = 4
"""Batches to read ahead, enough to keep reading while a row group is written."""


class DumpFolder:
    """A `Sink` that keeps each table in a file of its own.

    Args:
        folder: Folder of the files.
        rows_in_memory: Interactions whose keys are yielded at a time; a user with more of them is not split.
    """

    def __init__(self, folder: Path, rows_in_memory: int) -> None:
        self._folder = folder
        self._rows_in_memory = rows_in_memory

    def write(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        """Write a table in place of an older one, which may be read meanwhile, and return the number of rows.

        Raises:
            StorageError: The file can't be written.
        """
        with ParquetSink(self._file(table), SCHEMAS[table]) as sink:
            for batch in prefetch(iter(batches), _BATCHES_AHEAD):
                sink.write(batch)
        return sink.rows

    def read(self, table: Table, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield a table, or some of its columns, in batches."""
        with pq.ParquetFile(self._file(table)) as file:
            yield from file.iter_batches(columns=columns)

    def keys(self) -> Iterator[pl.DataFrame]:
        """Yield the keys of all interactions in parts, with all keys of a user in the same part.

        If one part is not enough, the keys are first partitioned on disk, next to the file.

        Raises:
            StorageError: The disk is full.
        """
        path = self._file("interactions")
        interactions = pl.scan_parquet(path, glob=False)
        n_parts = ceil(interactions.select(pl.len()).collect().item() / self._rows_in_memory)
        keys = keys_of(interactions)
        if n_parts == 1:
            yield keys.collect(engine="streaming")
            return
        folder = path.parent / f".{path.name}.keys"
        try:
            with writing(path.parent):
                part = pl.PartitionBy(folder, key=(pl.col(USER) % n_parts).alias("part"), include_key=False)
                keys.sink_parquet(part, compression="lz4", mkdir=True)
            for files in sorted(folder.iterdir()):
                yield pl.read_parquet(sorted(files.iterdir()), glob=False)
                discard(files)
        finally:
            discard(folder)

    def _file(self, table: Table) -> Path:
        return self._folder / f"{table}.parquet"
