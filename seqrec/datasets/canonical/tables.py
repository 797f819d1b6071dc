"""The canonical tables: what every reader's batches become, whatever dump they came from."""

from collections.abc import Iterable, Iterator

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from seqrec import schema


def canonical_interactions(batches: Iterable[pa.RecordBatch], first_position: int = 0) -> Iterator[pa.RecordBatch]:
    """The batches of a reader in `schema.INTERACTIONS`, with positions that run on from the first one.

    A dump that brings no split along needs no column `part`.
    """
    n_rows = first_position
    for batch in filter(len, batches):
        # Arrow would import pandas to look at an array of NumPy.
        position = pl.int_range(n_rows, n_rows + len(batch), eager=True).to_arrow()
        n_rows += len(batch)
        whole = batch.append_column(schema.POSITION, position)
        if schema.PART not in batch.schema.names:
            whole = whole.append_column(schema.PART, pa.nulls(len(batch), pa.string()))
        yield _conform(whole, schema.INTERACTIONS)


def canonical_items(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches of a reader in `schema.ITEMS`; unique ids are the reader's part (`first_seen.first_of_each`)."""
    return (_conform(batch, schema.ITEMS) for batch in filter(len, batches))


def _conform(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    """The batch in the schema `wanted`; an AssertionError where a reader lacks a column, or gives nulls against it."""
    missing = set(wanted.names) - set(batch.schema.names)
    assert not missing, f"a reader must give the columns {sorted(missing)}"
    columns = [pc.cast(batch.column(field.name), field.type) for field in wanted]
    for field, column in zip(wanted, columns, strict=True):
        assert field.nullable or not column.null_count, f"a reader must set rows aside whose {field.name} is null"
    return pa.RecordBatch.from_arrays(columns, schema=wanted)
