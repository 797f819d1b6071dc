"""Parquet files, written whole or batch by batch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from storage.atomic_write import discard, publish, writing
from storage.files.reading import reading

ROW_GROUP: Final = 131_072
"""Rows in each row group of a streamed file; scans are fastest with this size."""


def write_table(path: Path, table: pl.DataFrame, metadata: Mapping[str, str] | None = None) -> None:
    """Write a table, with `metadata` in the metadata of the file.

    Raises:
        StorageError: The file can't be written.
    """
    with writing(path.parent):
        table.write_parquet(path, metadata=dict(metadata or {}))


def read_table(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the table in a file, or some of its columns.

    Raises:
        StorageError: The file is missing or corrupt, or lacks a column.
    """
    with reading(path, "a Parquet file" if columns is None else f"a Parquet file with columns {', '.join(columns)}"):
        return pl.read_parquet(path, columns=None if columns is None else list(columns), glob=False)


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of a file.

    Raises:
        StorageError: The file is missing or corrupt.
    """
    with reading(path, "a Parquet file"):
        return pl.read_parquet_metadata(path)


class ParquetSink:
    """A Parquet file that is written batch by batch, and appears under its name when it is complete.

    As a context manager, it completes the file at the end of the block, or discards it if the block fails.

    Raises:
        StorageError: The file can't be written.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.rows = 0
        """Rows written so far."""
        self._path = path
        self._hidden = path.parent / f".{path.name}.{uuid4().hex}"
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        with writing(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self._hidden, schema, compression="zstd", **_encodings(schema))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._abandon()

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of `batch`, which has the schema of the file.

        Raises:
            StorageError: The file can't be written.
        """
        assert batch.schema.equals(self._schema), f"{batch.schema} is not {self._schema}"
        self._waiting.append(batch)
        self.rows += batch.num_rows
        if sum(batch.num_rows for batch in self._waiting) >= ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Complete the file.

        Raises:
            StorageError: The file can't be written.
        """
        if any(batch.num_rows for batch in self._waiting):
            self._flush()
        try:
            with writing(self._path.parent):
                self._writer.close()
                publish(self._hidden, self._path)
        finally:
            discard(self._hidden)

    def _flush(self) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._waiting = []
        try:
            with writing(self._path.parent):
                self._writer.write_table(table)
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        self._writer.close()
        discard(self._hidden)


def _encodings(schema: pa.Schema) -> dict[str, Any]:
    """Return encodings by column: deltas for integers, most of which increase, and dictionaries for the rest.

    Minima and maxima of row groups are written for integers only. Ids are in no particular order, so a scan could not
    use them to skip a group.
    """
    counting = [field.name for field in schema if field.type == pa.int64()]
    return {
        "use_dictionary": [name for name in schema.names if name not in counting],
        "column_encoding": dict.fromkeys(counting, "DELTA_BINARY_PACKED") or None,
        "write_statistics": counting or False,
    }
