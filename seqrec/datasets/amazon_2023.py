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
from seqrec.datasets.amazon_common import Category, categories_or, find_products, joined, known_time, to_items
from seqrec.datasets.amazon_era import check_era
from seqrec.datasets.base import DatasetConfig, Duplicates
from seqrec.datasets.canonical.frames import in_unit
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.times import microseconds, whole_microseconds
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.parsing.table_files import open_csv
from seqrec.datasets.sources import Source

_PUBLIC = "https://mcauleylab.ucsd.edu/public_datasets/data/amazon_2023/raw"
_BENCHMARK = (
    "https://huggingface.co/datasets/McAuley-Lab/Amazon-Reviews-2023/resolve/"
    "2aa726ef444e72c6a1364c4baa0bcdfb1de55db6/benchmark/5core/last_out"
)
_REVIEW = {
    "user_id": pl.String(),
    "parent_asin": pl.String(),
    "rating": pl.Float64(),
    "timestamp": pl.Int64(),
}
_PRODUCT = {
    "parent_asin": pl.String(),
    "title": pl.String(),
    "store": pl.String(),
    "main_category": pl.String(),
    "categories": pl.List(pl.String()),
    "description": pl.List(pl.String()),
}


class Config(DatasetConfig):
    """Amazon reviews of 2023: `<Category>.jsonl.gz` or the benchmark's tables, and `meta_<Category>.jsonl.gz`."""

    name: Literal["amazon_2023"] = "amazon_2023"
    duplicates: Duplicates = "exact"
    """Some reviews of this dump stand there twice; the first stays."""
    category: Category = "All_Beauty"
    """Category as the file names spell it, such as `Sports_and_Outdoors`."""
    source: Literal["reviews", "benchmark"] = "reviews"
    """The raw reviews; or the benchmark's `<Category>.train.csv`, `.valid.csv` and `.test.csv`, whose split is kept
    for the protocol `given`."""
    metadata: bool = True
    """Whether to read titles, stores, categories and descriptions of the items."""

    @property
    def label(self) -> str:
        """Such as `amazon_2023-all_beauty`, or `amazon_2023-all_beauty-benchmark`."""
        label = f"{self.name}-{self.category.lower()}"
        return label if self.source == "reviews" else f"{label}-{self.source}"

    def files(self, data: Path) -> tuple[Path, ...]:
        """The reviews, or the tables of the benchmark, and the metadata if they are asked for."""
        events = self.growing(data)
        return (*events, self._products(data)) if self.metadata else events

    def growing(self, data: Path) -> tuple[Path, ...]:
        """The reviews; of the benchmark the three tables, of which only the last may have grown."""
        return (self._reviews(data),) if self.source == "reviews" else tuple(self._tables(data).values())

    def sources(self) -> tuple[Source, ...]:
        """The files at UC San Diego, as https://amazon-reviews-2023.github.io/ lists them.

        The tables of the benchmark come from its repository: the 5-core, split by leaving the last out. Those split
        in time have the same names, in the folder `timestamp` there.
        """
        events = {
            "reviews": (f"{_PUBLIC}/review_categories/{self.category}.jsonl.gz",),
            "benchmark": tuple(f"{_BENCHMARK}/{self.category}.{part}.csv" for part in schema.PARTS),
        }
        products = (f"{_PUBLIC}/meta_categories/meta_{self.category}.jsonl.gz",) if self.metadata else ()
        return tuple(map(Source, (*events[self.source], *products)))

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the rating, but for the rating 0, which stands for none."""
        if self.source == "reviews":
            path = self._reviews(data)
            time = whole_microseconds(pl.col("timestamp"), "ms")
            yield from _interactions(read_json_lines(path, _REVIEW, rejects), time, path, rejects)
            return
        for part, path in self._tables(data).items():
            rows = open_csv(path, *_REVIEW).rows({name: name for name in _REVIEW}, rejects)
            yield from _interactions(rows, microseconds("timestamp", "ms"), path, rejects, part)

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per product with all its variants; nothing if `metadata` is off."""
        if not self.metadata:
            return
        path = self._products(data)
        frames = (
            frame.with_columns(
                pl.col("store").alias(schema.BRAND),
                joined("description"),
                categories_or("categories", "main_category").alias(schema.CATEGORIES),
            )
            for frame in read_json_lines(path, _PRODUCT, rejects)
        )
        yield from to_items(frames, path, rejects, item="parent_asin")

    def _reviews(self, data: Path) -> Path:
        return check_era(locate(data, (f"{self.category}.jsonl{end}" for end in (".gz", ""))), self.name)

    def _tables(self, data: Path) -> dict[str, Path]:
        return {
            part: locate(data, (f"{self.category}.{part}.csv{end}" for end in ("", ".gz"))) for part in schema.PARTS
        }

    def _products(self, data: Path) -> Path:
        return find_products(data, f"meta_{self.category}.jsonl", self.name)


def _interactions(
    frames: Iterator[pl.DataFrame], time: pl.Expr, path: Path, rejects: Rejects, part: str | None = None
) -> Iterator[pa.RecordBatch]:
    no_rating = pl.col("rating").cast(pl.Float64, strict=False) == 0
    rating = pl.when(no_rating).then(None).otherwise(pl.col("rating")).alias("rating")
    timed = (
        frame.with_columns(rating, known_time(time)) for frame in in_unit(frames, "timestamp", "ms", path, rejects)
    )
    return to_interactions(timed, path, rejects, user="user_id", item="parent_asin", value="rating", part=part)
