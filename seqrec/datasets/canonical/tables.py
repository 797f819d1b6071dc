"""The canonical tables: what every reader's batches become, whatever dump they came from."""

from collections.abc import Iterable, Iterator

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from seqrec import schema


def canonical_interactions(batches: Iterable[pa.RecordBatch], first_position: int = 0) -> Iterator[pa.RecordBatch]:
    """The batches of a reader with the running `position` appended, in `schema.INTERACTIONS`.

    A dump that brings no split along needs no column `part`.

    Args:
        batches: What the reader gives.
        first_position: Number of the interactions that were read before these.

    Raises:
        AssertionError: A reader gave a batch without a column, or with nulls where none may be.
    """
    n_rows = first_position
    for batch in batches:
        # Arrow would import pandas to look at an array of NumPy.
        position = pl.int_range(n_rows, n_rows + batch.num_rows, eager=True).to_arrow()
        n_rows += batch.num_rows
        if schema.PART not in batch.schema.names:
            batch = batch.append_column(schema.PART, pa.nulls(batch.num_rows, pa.string()))  # noqa: PLW2901 - one more column
        if batch.num_rows:
            yield _conform(batch.append_column(schema.POSITION, position), schema.INTERACTIONS)


def canonical_items(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches of a reader in `schema.ITEMS`; unique ids are the reader's part (`fields.first_of_each`).

    Raises:
        AssertionError: A reader gave a batch without a column, or an item without an id.
    """
    for batch in batches:
        if batch.num_rows:
            yield _conform(batch, schema.ITEMS)


def _conform(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    missing = set(wanted.names) - set(batch.schema.names)
    assert not missing, f"a reader must give the columns {sorted(missing)}"
    columns = [pc.cast(batch.column(field.name), field.type) for field in wanted]
    for field, column in zip(wanted, columns, strict=True):
        assert field.nullable or not column.null_count, f"a reader must set rows aside whose {field.name} is null"
    return pa.RecordBatch.from_arrays(columns, schema=wanted)
