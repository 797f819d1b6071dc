"""A generated shop, so that everything can be tried without a dump.

Order, popularity and text each carry signal: items have habitual successors of the same brand and traits,
shoppers have interests that drift, and everybody buys the popular things. The same seed gives the same data.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
from jaxtyping import Shaped
from pydantic import Field, NonNegativeInt

from seqrec import schema
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.datasets.demo_catalogue import Catalogue, catalogue
from seqrec.datasets.demo_histories import histories
from seqrec.datasets.reading import Reading
from seqrec.digest import generator_from


class Config(DatasetConfig):
    """A small generated shop, without files. Order, popularity and texts all help to predict the next item."""

    name: Literal["demo"] = "demo"
    n_users: Annotated[int, Field(ge=1, le=100_000)] = 3_000
    """The number of customers."""
    n_items: Annotated[int, Field(ge=60, le=3_000)] = 600
    """The number of products."""
    seed: NonNegativeInt = 0
    """The seed; another seed gives another shop."""

    @property
    def label(self) -> str:
        """`demo`, with the sizes and the seed where they are not the usual ones."""
        return self.name if self == Config() else f"{self.name}-{self.n_users}x{self.n_items}-{self.seed}"

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """Where the purchases are said to stand."""
        return (data / self.name,)

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """Where the items are said to stand."""
        return (data / self.name,)

    def files(self, data: Path) -> tuple[Path, ...]:  # noqa: ARG002 - nothing is read
        """None."""
        return ()

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """All purchases, in order of time."""
        events = histories(self._shop(), self.n_users, generator_from("demo", "histories", self.seed))
        reading.n_records += len(events.items)
        ratings = generator_from("demo", "ratings", self.seed).choice([3, 4, 5], len(events.items), p=[0.2, 0.3, 0.5])
        yield pa.RecordBatch.from_pydict(
            {
                schema.USER: [f"u{user:05d}" for user in events.users],
                schema.ITEM: _item_ids(self.n_items)[events.items],
                schema.TIMESTAMP: pa.array(events.times_s * US_PER_S, pa.timestamp("us", tz="UTC")),
                schema.VALUE: ratings.astype(np.float32),
            }
        )

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The catalogue of the shop."""
        shop = self._shop()
        reading.n_records += self.n_items
        yield pa.RecordBatch.from_pydict(
            {
                schema.ITEM: _item_ids(self.n_items),
                schema.TITLE: shop.titles,
                schema.BRAND: shop.brand_names,
                schema.CATEGORIES: shop.categories,
                schema.DESCRIPTION: shop.descriptions,
            },
            schema=schema.ITEMS,
        )

    def _shop(self) -> Catalogue:
        return catalogue(self.n_items, generator_from("demo", "catalogue", self.seed))


def _item_ids(n_items: int) -> Shaped[np.ndarray, " n_items"]:
    return np.array([f"P{item:04d}" for item in range(n_items)], object)
