"""Amazon product reviews, 1996 to 2014 (McAuley et al. 2015), one category at a time.

Reviews are JSON lines, metadata are Python literals or JSON lines, both gzipped or plain. Times are whole
days, and rows are ordered by item: nothing is known of the order inside a day.
"""

from collections.abc import Iterator
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec.datasets.amazon_common import Category
from seqrec.datasets.amazon_dated import DatedReviews
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.parsing.sniff import read_records
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import Source

_PUBLIC = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles"

_PRODUCT = {
    "asin": pl.String(),
    "title": pl.String(),
    "brand": pl.String(),
    "categories": pl.List(pl.List(pl.String())),
    "description": pl.String(),
}


class Config(DatedReviews):
    """Amazon reviews of 2014: `reviews_<Category>_5.json.gz` and `meta_<Category>.json.gz`."""

    name: Literal["amazon_2014"] = "amazon_2014"
    category: Category = "Beauty"
    """The category, spelt as in the file names, such as `Sports_and_Outdoors`."""

    @property
    def reviews(self) -> str:
        """Such as `reviews_Beauty_5`."""
        return f"reviews_{self.category}{'_5' if self.core5 else ''}"

    def sources(self) -> tuple[Source, ...]:
        """The files at Stanford, as https://cseweb.ucsd.edu/~jmcauley/datasets/amazon/links.html lists them."""
        products = (f"meta_{self.category}",) if self.metadata else ()
        return tuple(Source(f"{_PUBLIC}/{name}.json.gz") for name in (self.reviews, *products))

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per product."""
        texts = {name: name for name in ("title", "brand", "categories", "description")}
        return to_items(read_records(reading, _PRODUCT), reading, "asin", texts)
