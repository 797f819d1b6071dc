"""Delivery Hero QCommerce sessions, in the form that Harte et al. (2023) and Boz et al. (2024) read.

The data were never published: only the form is known. A session stands for a user, since nothing links sessions.
The papers apply no core filter here (`protocol.core` of 0) and test on sessions of two interactions or more.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import StringConstraints

from seqrec import schema
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.fields import absent, first_of_each, usable
from seqrec.datasets.canonical.frames import clean_items, to_batches, with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.table_files import open_csv
from seqrec.datasets.sources import ByHand

File = Annotated[str, StringConstraints(min_length=1)]


class Config(DatasetConfig):
    """Sessions with the columns `SessionId,ItemId,Time,Reward`, and products with `global_product_id,name`."""

    name: Literal["delivery_hero_sessions"] = "delivery_hero_sessions"
    sessions: File = "sessions.csv"
    """CSV of sessions in the data folder; it may be gzipped."""
    products: File = "products.csv"
    """CSV of products in the data folder; it may be gzipped."""
    metadata: bool = True
    """Whether to read the names of the products."""

    @property
    def label(self) -> str:
        """`delivery_hero_sessions`."""
        return self.name

    def files(self, data: Path) -> tuple[Path, ...]:
        """The sessions, and the products if they are asked for."""
        return (self._sessions(data), self._products(data)) if self.metadata else (self._sessions(data),)

    def growing(self, data: Path) -> tuple[Path, ...]:
        """The sessions."""
        return (self._sessions(data),)

    def sources(self) -> ByHand:
        """Nobody but Delivery Hero has them."""
        return ByHand(
            page="https://github.com/dh-r/LLM-Sequential-Recommendation",
            reason="sessions that were never published",
            steps="Ask the authors, or put sessions of your own in the same form into the folder.",
            file_names=(self.sessions, self.products) if self.metadata else (self.sessions,),
        )

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per row; its value is the reward. The first rows tell the unit of their times."""
        table = open_csv(self._sessions(data), "SessionId", "ItemId", "Time")
        reward = "Reward" if "Reward" in table.columns else None
        columns = {"SessionId": "SessionId", "ItemId": "ItemId", schema.TIMESTAMP: "Time", "Reward": reward}
        yield from to_interactions(
            with_time(table.rows(columns, rejects), "auto", table.path, rejects),
            table.path,
            rejects,
            user="SessionId",
            item="ItemId",
            value="Reward",
        )

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per product; nothing if `metadata` is off."""
        if not self.metadata:
            return
        table = open_csv(self._products(data), "global_product_id", "name")
        columns = {
            schema.ITEM: "global_product_id",
            schema.TITLE: "name",
            schema.BRAND: None,
            schema.CATEGORIES: None,
            schema.DESCRIPTION: None,
        }
        frames = table.rows(columns, rejects, multiline=True)
        frames = usable(frames, table.path, rejects, {"no global_product_id": absent(schema.ITEM)})
        for frame in first_of_each(frames, schema.ITEM, table.path, rejects):
            yield from to_batches(clean_items(frame, rejects))

    def _sessions(self, data: Path) -> Path:
        return locate(data, (self.sessions,), "Put the file there, or name another in dataset.sessions.")

    def _products(self, data: Path) -> Path:
        remedy = "Put the file there, name another in dataset.products, or set dataset.metadata = false."
        return locate(data, (self.products,), remedy)
