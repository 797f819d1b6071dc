"""Amazon product reviews, 1996 to 2018 (Ni, Li and McAuley 2019), one category at a time.

Reviews and metadata are JSON lines, gzipped or plain. Times are whole days: nothing is known of the order inside a
day. Some reviews stand there twice, word for word. The metadata were cut out of web pages: some titles are the
page's scripts (`titles.clean_title` tells what is done), some brands are bylines, and the categories of some
products end in tags or in the bullets of the page.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.amazon_common import (
    Category,
    categories_or,
    dated_reviews,
    find_dated_reviews,
    find_products,
    joined,
    to_items,
)
from seqrec.datasets.base import DatasetConfig, Duplicates
from seqrec.datasets.records import read_records
from seqrec.datasets.rejects import Rejects
from seqrec.datasets.sources import Source

_PUBLIC = "https://mcauleylab.ucsd.edu/public_datasets/data/amazon_v2"

_PRODUCT = {
    "asin": pl.String(),
    "title": pl.String(),
    "brand": pl.String(),
    "category": pl.List(pl.String()),
    "main_cat": pl.String(),
    "description": pl.List(pl.String()),
}
_BYLINE = r"^\s*[Bb]y\s*\n\s*"


class Config(DatasetConfig):
    """Amazon reviews of 2018: `<Category>_5.json.gz` and `meta_<Category>.json.gz`."""

    name: Literal["amazon_2018"] = "amazon_2018"
    duplicates: Duplicates = "exact"
    """Some reviews of this dump stand there twice; the first stays."""
    category: Category = "Gift_Cards"
    """Category as the file names spell it, such as `Sports_and_Outdoors`."""
    core5: bool = True
    """Prefer the published 5-core (`_5` in the name) over all reviews; if only one is there, it is taken."""
    metadata: bool = True
    """Whether to read titles, brands, categories and descriptions of the items."""

    @property
    def label(self) -> str:
        """Such as `amazon_2018-gift_cards`."""
        return f"{self.name}-{self.category.lower()}"

    def files(self, data: Path) -> tuple[Path, ...]:
        """The reviews, and the metadata if they are asked for."""
        return (self._reviews(data), self._products(data)) if self.metadata else (self._reviews(data),)

    def sources(self) -> tuple[Source, ...]:
        """The files at UC San Diego, as https://cseweb.ucsd.edu/~jmcauley/datasets/amazon_v2/ lists them."""
        reviews = f"categoryFilesSmall/{self.category}_5" if self.core5 else f"categoryFiles/{self.category}"
        products = (f"metaFiles2/meta_{self.category}",) if self.metadata else ()
        return tuple(Source(f"{_PUBLIC}/{path}.json.gz") for path in (reviews, *products))

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the rating."""
        yield from dated_reviews(self._reviews(data), rejects, core5=self.core5)

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per product; nothing if `metadata` is off."""
        if not self.metadata:
            return
        path = self._products(data)
        frames = (
            frame.with_columns(
                pl.col("brand").str.replace(_BYLINE, ""),
                joined("description"),
                categories_or("category", "main_cat").alias(schema.CATEGORIES),
            )
            for frame in read_records(path, _PRODUCT, rejects)
        )
        yield from to_items(frames, path, rejects, item="asin")

    def _reviews(self, data: Path) -> Path:
        return find_dated_reviews(data, self.category, self.name, core5=self.core5)

    def _products(self, data: Path) -> Path:
        return find_products(data, f"meta_{self.category}.json", self.name)
