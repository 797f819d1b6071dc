"""What the Amazon dumps of 2014 and 2018 have in common: two forms of a category, times that are days."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from seqrec.datasets.amazon_common import Category, find_products, known_time, to_items
from seqrec.datasets.amazon_era import Era, check_era
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.frames import in_unit
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.times import whole_microseconds
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.jsonl import read_json_lines

_REVIEW = {
    "reviewerID": pl.String(),
    "asin": pl.String(),
    "unixReviewTime": pl.Int64(),
    "reviewTime": pl.String(),
    "overall": pl.Float64(),
}


class DatedReviews(DatasetConfig):
    """One category: all its reviews, or the published 5-core of them, and its metadata."""

    name: Era
    category: Category
    """Category as the file names spell it, such as `Sports_and_Outdoors`."""
    core5: bool = True
    """Whether to read the published 5-core (`_5` in the name) or all reviews. The two are different data sets."""
    metadata: bool = True
    """Whether to read titles, brands, categories and descriptions of the items."""

    @property
    def label(self) -> str:
        """Such as `amazon_2014-beauty`, or with all reviews `amazon_2014-beauty-whole`."""
        label = f"{self.name}-{self.category.lower()}"
        return label if self.core5 else f"{label}-whole"

    @property
    @abstractmethod
    def reviews(self) -> str:
        """Name of the file of reviews, without its ending."""

    @abstractmethod
    def products(self, path: Path, rejects: Rejects) -> Iterator[pl.DataFrame]:
        """The metadata as frames that `to_items` takes, with the id in the column `asin`."""

    def files(self, data: Path) -> tuple[Path, ...]:
        """The reviews, and the metadata if they are asked for."""
        return (self._reviews(data), self._products(data)) if self.metadata else (self._reviews(data),)

    def growing(self, data: Path) -> tuple[Path, ...]:
        """The reviews."""
        return (self._reviews(data),)

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the rating, where the file has ratings."""
        path = self._reviews(data)
        frames = in_unit(read_json_lines(path, _REVIEW, rejects), "unixReviewTime", "s", path, rejects)
        yield from to_interactions(
            map(_with_day, frames), path, rejects, user="reviewerID", item="asin", value="overall"
        )

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per product; nothing if `metadata` is off."""
        if self.metadata:
            path = self._products(data)
            yield from to_items(self.products(path, rejects), path, rejects, item="asin")

    def _reviews(self, data: Path) -> Path:
        other = "core5 = false to read all reviews" if self.core5 else "core5 = true to read the published 5-core"
        remedy = f"Point --data at the folder that holds the dump, or set dataset.{other}."
        return check_era(locate(data, (f"{self.reviews}.json{end}" for end in (".gz", "")), remedy), self.name)

    def _products(self, data: Path) -> Path:
        return find_products(data, f"meta_{self.category}.json", self.name)


def _with_day(frame: pl.DataFrame) -> pl.DataFrame:
    """The time of a review; the written date stands in for an absent number."""
    time = whole_microseconds(pl.col("unixReviewTime"), "s")
    if frame["unixReviewTime"].has_nulls():
        day = pl.col("reviewTime").str.to_date("%m %d, %Y", strict=False)
        time = pl.coalesce(time, day.cast(pl.Datetime("us")).dt.epoch("us"))
    return frame.with_columns(known_time(time))
