"""Amazon product reviews, 1996 to 2014 (McAuley et al. 2015), one category at a time.

Reviews are JSON lines, metadata are Python literals or JSON lines, both gzipped or plain. Times are whole
days, and rows are ordered by item: nothing is known of the order inside a day.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec.datasets.amazon_common import Category, dated_reviews, find_dated_reviews, find_products, to_items
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.records import read_records
from seqrec.datasets.rejects import Rejects
from seqrec.datasets.sources import Source

_PUBLIC = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles"

_PRODUCT = {
    "asin": pl.String(),
    "title": pl.String(),
    "brand": pl.String(),
    "categories": pl.List(pl.List(pl.String())),
    "description": pl.String(),
}


class Config(DatasetConfig):
    """Amazon reviews of 2014: `reviews_<Category>_5.json.gz` and `meta_<Category>.json.gz`."""

    name: Literal["amazon_2014"] = "amazon_2014"
    category: Category = "Beauty"
    """Category as the file names spell it, such as `Sports_and_Outdoors`."""
    core5: bool = True
    """Prefer the published 5-core (`_5` in the name) over all reviews; if only one is there, it is taken."""
    metadata: bool = True
    """Whether to read titles, brands, categories and descriptions of the items."""

    @property
    def label(self) -> str:
        """Such as `amazon_2014-beauty`."""
        return f"{self.name}-{self.category.lower()}"

    def files(self, data: Path) -> tuple[Path, ...]:
        """The reviews, and the metadata if they are asked for."""
        return (self._reviews(data), self._products(data)) if self.metadata else (self._reviews(data),)

    def sources(self) -> tuple[Source, ...]:
        """The files at Stanford, as https://cseweb.ucsd.edu/~jmcauley/datasets/amazon/links.html lists them."""
        reviews = f"reviews_{self.category}{'_5' if self.core5 else ''}.json.gz"
        products = (f"meta_{self.category}.json.gz",) if self.metadata else ()
        return tuple(Source(f"{_PUBLIC}/{name}") for name in (reviews, *products))

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the rating, where the file has ratings."""
        yield from dated_reviews(self._reviews(data), rejects, core5=self.core5)

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per product; nothing if `metadata` is off."""
        if not self.metadata:
            return
        path = self._products(data)
        yield from to_items(read_records(path, _PRODUCT, rejects), path, rejects, item="asin")

    def _reviews(self, data: Path) -> Path:
        return find_dated_reviews(data, f"reviews_{self.category}", self.name, core5=self.core5)

    def _products(self, data: Path) -> Path:
        return find_products(data, f"meta_{self.category}.json", self.name)
