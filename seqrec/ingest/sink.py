"""Where an ingest puts the tables of a dump."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, Protocol, runtime_checkable

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.ingest.keys import keys_of

Table = Literal["interactions", "items", "rejects"]
SCHEMAS: Final[dict[Table, pa.Schema]] = {
    "interactions": schema.INTERACTIONS,
    "items": schema.ITEMS,
    "rejects": schema.REJECTS,
}


@runtime_checkable
class Sink(Protocol):
    """Takes tables batch by batch, and gives them back."""

    def write(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        """Puts a table in the place of an older one, which may be read meanwhile; the number of its rows."""

    def read(self, table: Table, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """A table that was written, or some of its columns."""

    def keys(self) -> Iterator[pl.DataFrame]:
        """The keys of all interactions, as `keys_of` gives them, in parts that fit into memory: each user's in one."""


class ArrowSink:
    """Keeps the tables in memory."""

    def __init__(self) -> None:
        self.tables: dict[Table, pa.Table] = {}

    def write(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        """Puts a table in the place of an older one; the number of its rows."""
        self.tables[table] = pa.Table.from_batches(batches, SCHEMAS[table])
        return len(self.tables[table])

    def read(self, table: Table, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """A table that was written, or some of its columns."""
        found = self.tables[table]
        yield from (found if columns is None else found.select(list(columns))).to_batches()

    def keys(self) -> Iterator[pl.DataFrame]:
        """The keys of all interactions, in one part."""
        yield keys_of(pl.DataFrame(self.tables["interactions"]).lazy()).collect()
