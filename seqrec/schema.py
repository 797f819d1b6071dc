"""The column names and Arrow schemas of the canonical tables."""

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
"""The parts of a split that comes with a dump."""

INTERACTIONS: Final = pa.schema(
    [
        pa.field(USER, pa.string(), nullable=False),
        pa.field(ITEM, pa.string(), nullable=False),
        pa.field(TIMESTAMP, pa.timestamp("us", tz="UTC"), nullable=False),
        # The place of the row in the dump: the only order known among equal timestamps.
        pa.field(POSITION, pa.int64(), nullable=False),
        pa.field(VALUE, pa.float32()),
        # The part that the dump assigns the row to, one of `PARTS`; null if it assigns none.
        pa.field(PART, pa.string()),
    ]
)
"""One row per interaction, in the order of the dump."""

ITEMS: Final = pa.schema(
    [
        pa.field(ITEM, pa.string(), nullable=False),
        pa.field(TITLE, pa.string()),
        pa.field(BRAND, pa.string()),
        # The most general category comes first; paths of a category tree are flattened in the given order.
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
"""One row per line that could not be used: the file and line number (from 1), the reason, and how the line begins.

For a duplicate interaction the file is `interactions`, and the line is its `position` (from 0).
"""
