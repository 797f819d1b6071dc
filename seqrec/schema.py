"""Column names and Arrow schemas of the canonical tables, once."""

from typing import Final

import pyarrow as pa

USER: Final = "user_id"
ITEM: Final = "item_id"
TIMESTAMP: Final = "timestamp"
POSITION: Final = "position"
VALUE: Final = "value"
PART: Final = "part"

TITLE: Final = "title"
BRAND: Final = "brand"
CATEGORIES: Final = "categories"
DESCRIPTION: Final = "description"

PARTS: Final = ("train", "valid", "test")
"""Parts of a split that a dump brings along."""

INTERACTIONS: Final = pa.schema(
    [
        pa.field(USER, pa.string(), nullable=False),
        pa.field(ITEM, pa.string(), nullable=False),
        pa.field(TIMESTAMP, pa.timestamp("us", tz="UTC"), nullable=False),
        # Order in which the dump gives the rows: the only order known among equal timestamps.
        pa.field(POSITION, pa.int64(), nullable=False),
        pa.field(VALUE, pa.float32()),
        # Where the dump itself puts the row, one of `PARTS`; null where it does not say.
        pa.field(PART, pa.string()),
    ]
)
"""One row per interaction, in the order of the dump."""

ITEMS: Final = pa.schema(
    [
        pa.field(ITEM, pa.string(), nullable=False),
        pa.field(TITLE, pa.string()),
        pa.field(BRAND, pa.string()),
        # Most general first; paths of a category tree are flattened in the order given.
        pa.field(CATEGORIES, pa.list_(pa.string())),
        pa.field(DESCRIPTION, pa.string()),
    ]
)
"""One row per item of the metadata; `item_id` is unique."""

REJECTS: Final = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("text", pa.string()),
    ]
)
"""One row per line that could not be used: where it stands (counted from 1), why, and how it begins.

A duplicate interaction stands in no file but in `interactions`, and its `position` (counted from 0) for the line.
"""
