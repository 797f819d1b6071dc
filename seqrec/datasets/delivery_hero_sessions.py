"""Delivery Hero QCommerce sessions, in the form that Harte et al. (2023) and Boz et al. (2024) read.

The data were never published: only the form is known. A session stands for a user, since nothing links sessions.
The papers apply no core filter here (`protocol.core` of 0) and test on sessions of two interactions or more.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import StringConstraints

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.frames import with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.find_files import NO_TEXTS, locate
from seqrec.datasets.parsing.table_files import read_csv_columns
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import ManualDownload

File = Annotated[str, StringConstraints(min_length=1)]

_SESSION = ("SessionId", "ItemId", "Time")
_PRODUCT = ("global_product_id", "name")


class Config(DatasetConfig):
    """CSV files of sessions (`SessionId,ItemId,Time,Reward`) and of products (`global_product_id,name`)."""

    name: Literal["delivery_hero_sessions"] = "delivery_hero_sessions"
    sessions: File = "sessions.csv"
    """The CSV file of sessions in the data folder; it may be gzipped."""
    products: File = "products.csv"
    """The CSV file of products in the data folder; it may be gzipped."""
    metadata: bool = True
    """Whether to read the names of the products."""

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The sessions."""
        return (
            locate(
                data,
                (self.sessions,),
                "Point --data at the folder that holds the file, or name another in dataset.sessions.",
            ),
        )

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The products, if `metadata` is true."""
        remedy = f"{NO_TEXTS} Another file can be named in dataset.products."
        return (locate(data, (self.products,), remedy),) if self.metadata else ()

    def sources(self) -> ManualDownload:
        """Nobody but Delivery Hero has them."""
        return ManualDownload(
            page="https://github.com/dh-r/LLM-Sequential-Recommendation",
            reason="sessions that were never published",
            steps="Ask the authors, or put sessions of your own in the same form into the folder.",
            file_names=(self.sessions, self.products) if self.metadata else (self.sessions,),
        )

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per row; its value is the reward. The first rows decide the unit of their times."""
        rows = with_time(read_csv_columns(reading, *_SESSION, optional=("Reward",)), reading, "Time", "auto")
        return to_interactions(rows, reading, user="SessionId", item="ItemId", value="Reward")

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per product."""
        return to_items(read_csv_columns(reading, *_PRODUCT), reading, "global_product_id", {"title": "name"})
