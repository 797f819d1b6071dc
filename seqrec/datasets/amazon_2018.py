"""Amazon product reviews, 1996 to 2018 (Ni, Li and McAuley 2019), one category at a time.

Reviews and metadata are JSON lines, gzipped or plain. Times are whole days: nothing is known of the order inside a
day. Some reviews stand there twice, word for word. The metadata were cut out of web pages: some titles are the
page's scripts (see `titles.clean_title`), some brands are bylines, and the categories of some
products end in tags or in the bullets of the page.
"""

from collections.abc import Iterator
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec.datasets.amazon_common import Category, texts_of
from seqrec.datasets.amazon_dated import DatedReviews
from seqrec.datasets.base import Duplicates
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.parsing.sniff import read_records
from seqrec.datasets.reading import Reading
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


class Config(DatedReviews):
    """Amazon reviews of 2018: `<Category>_5.json.gz` and `meta_<Category>.json.gz`."""

    name: Literal["amazon_2018"] = "amazon_2018"
    duplicates: Duplicates = "exact"
    """Which repeated reviews to set aside, since some appear twice in this dump. `keep`: none. `exact`: all but the
    first of those equal in user, item and time. `pair`: all but a user's earliest review of an item."""
    category: Category = "Gift_Cards"
    """The category, spelt as in the file names, such as `Sports_and_Outdoors`."""

    @property
    def reviews(self) -> str:
        """Such as `Gift_Cards_5`."""
        return f"{self.category}{'_5' if self.core5 else ''}"

    def sources(self) -> tuple[Source, ...]:
        """The files at UC San Diego, as https://cseweb.ucsd.edu/~jmcauley/datasets/amazon_v2/ lists them."""
        reviews = f"categoryFiles{'Small' if self.core5 else ''}/{self.reviews}"
        products = (f"metaFiles2/meta_{self.category}",) if self.metadata else ()
        return tuple(Source(f"{_PUBLIC}/{path}.json.gz") for path in (reviews, *products))

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per product, with brands and categories freed of what is left of the page."""
        texts = texts_of(pl.col("brand").str.replace(_BYLINE, ""), "category", "main_cat")
        return to_items(read_records(reading, _PRODUCT), reading, "asin", texts)
