"""The encoding of an item's brand and categories as value ids."""

import numpy as np
import polars as pl

from seqrec import schema
from seqrec.types import FeatureField, Features, Vocabulary

FIELDS = (schema.BRAND, schema.CATEGORIES)
"""The item columns with categorical values."""


def item_features(items: pl.DataFrame, vocabulary: Vocabulary) -> Features:
    """Returns the values of every item of `vocabulary`, in its order; items without metadata have none.

    Value ids follow the sorted names, so that they say nothing about the order of the dump.

    Args:
        items: The metadata, with the columns of `schema.ITEMS`.
        vocabulary: The items whose values are encoded.
    """
    ids = pl.DataFrame({schema.ITEM: pl.Series(vocabulary.item_ids.tolist(), dtype=pl.String)})
    rows = ids.join(items, on=schema.ITEM, how="left", validate="m:1", maintain_order="left")
    return Features({name: _field(rows[name]) for name in FIELDS})


def _field(column: pl.Series) -> FeatureField:
    lists = (
        column if isinstance(column.dtype, pl.List) else column.to_frame().select(pl.concat_list(pl.all())).to_series()
    )
    lists = lists.list.drop_nulls().list.unique(maintain_order=True).fill_null([])
    lengths = lists.list.len().to_numpy().astype(np.int64)
    values = lists.explode(empty_as_null=False, keep_nulls=False).cast(pl.String)
    names = values.unique().sort()
    codes = values.replace_strict(names, pl.Series(range(len(names)), dtype=pl.Int32), return_dtype=pl.Int32)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
    return FeatureField(tuple(names), offsets, codes.to_numpy().astype(np.int32))
