"""Amazon product reviews, 1996 to 2023 (Hou et al. 2024), one category at a time.

Either the raw reviews, JSON lines, or the tables of the published benchmark, which bring their split along. Both are
joined with the metadata by `parent_asin`, the product with all its variants; a review's own `asin` is one variant.
Times are milliseconds, some of them negative. A quarter of the products have no metadata, and many titles and
descriptions are empty.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec import schema
from seqrec.datasets.amazon_common import AmazonCategory, Category, texts_of
from seqrec.datasets.base import Duplicates
from seqrec.datasets.canonical.frames import with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.parsing.table_files import read_csv_columns
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import Source

_PUBLIC = "https://mcauleylab.ucsd.edu/public_datasets/data/amazon_2023/raw"
_BENCHMARK = (
    "https://huggingface.co/datasets/McAuley-Lab/Amazon-Reviews-2023/resolve/"
    "2aa726ef444e72c6a1364c4baa0bcdfb1de55db6/benchmark/5core/last_out"
)
_REVIEW = {"user_id": pl.String(), "parent_asin": pl.String(), "rating": pl.Float64(), "timestamp": pl.Int64()}
_PRODUCT = {
    "parent_asin": pl.String(),
    "title": pl.String(),
    "store": pl.String(),
    "main_category": pl.String(),
    "categories": pl.List(pl.String()),
    "description": pl.List(pl.String()),
}


class Config(AmazonCategory):
    """Amazon reviews of 2023: `<Category>.jsonl.gz` or the benchmark's CSV files, and `meta_<Category>.jsonl.gz`."""

    name: Literal["amazon_2023"] = "amazon_2023"
    duplicates: Duplicates = "exact"
    """Which repeated reviews to set aside, since some appear twice in this dump. `keep`: none. `exact`: all but the
    first of those equal in user, item and time. `pair`: all but a user's earliest review of an item."""
    category: Category = "All_Beauty"
    """The category, spelt as in the file names, such as `Sports_and_Outdoors`."""
    source: Literal["reviews", "benchmark"] = "reviews"
    """`reviews` reads the raw reviews. `benchmark` reads the benchmark's `<Category>.train.csv`, `.valid.csv` and
    `.test.csv`, and keeps their split, which `protocol.split.name = "given"` uses."""

    @property
    def label(self) -> str:
        """Such as `amazon_2023-all_beauty`, or `amazon_2023-all_beauty-benchmark`."""
        return f"{self.name}-{self.category.lower()}{'' if self.source == 'reviews' else '-benchmark'}"

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The reviews, or the three tables of the benchmark."""
        if self.source == "reviews":
            return (self.locate(data, f"{self.category}.jsonl"),)
        names = (f"{self.category}.{part}.csv" for part in schema.PARTS)
        return tuple(locate(data, (name, f"{name}.gz")) for name in names)

    def sources(self) -> tuple[Source, ...]:
        """The files at UC San Diego, as https://amazon-reviews-2023.github.io/ lists them.

        The tables of the benchmark come from its repository: the 5-core, split by leaving the last out. Those split
        in time have the same names, in the folder `timestamp` there.
        """
        events = [f"{_PUBLIC}/review_categories/{self.category}.jsonl.gz"]
        if self.source == "benchmark":
            events = [f"{_BENCHMARK}/{self.category}.{part}.csv" for part in schema.PARTS]
        products = [f"{_PUBLIC}/meta_categories/meta_{self.category}.jsonl.gz"] * self.metadata
        return tuple(map(Source, (*events, *products)))

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the rating, but for the rating 0, which stands for none."""
        part = None
        if self.source == "benchmark":
            part = next(part for part in schema.PARTS if f".{part}.csv" in reading.path.name)
            rows = read_csv_columns(reading, *_REVIEW)
        else:
            rows = read_json_lines(reading, _REVIEW)
        unrated = pl.col("rating").cast(pl.Float64, strict=False) == 0
        rating = pl.when(unrated).then(None).otherwise(pl.col("rating")).alias("rating")
        frames = (frame.with_columns(rating) for frame in with_time(rows, reading, "timestamp", "ms"))
        return to_interactions(frames, reading, user="user_id", item="parent_asin", value="rating", part=part)

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per product with all its variants."""
        texts = texts_of("store", "categories", "main_category")
        return to_items(read_json_lines(reading, _PRODUCT), reading, "parent_asin", texts)
