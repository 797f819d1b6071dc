"""Amazon product reviews, 1996 to 2014 (McAuley et al. 2015), one category at a time.

Reviews are JSON lines, metadata are Python literals or JSON lines, both gzipped or plain. Times are whole
days, and rows are ordered by item: nothing is known of the order inside a day.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import pyarrow as pa
from pydantic import StringConstraints

from seqrec import schema
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.fields import absent, first_of_each, usable
from seqrec.datasets.frames import clean_items, to_batches
from seqrec.datasets.jsonlines import read_json_lines
from seqrec.datasets.locate import locate
from seqrec.datasets.records import read_records
from seqrec.datasets.rejects import Rejects
from seqrec.datasets.times import MAX_TIME_S, US_PER_S

log = logging.getLogger(__name__)

_REVIEW = {
    "reviewerID": pl.String(),
    "asin": pl.String(),
    "unixReviewTime": pl.Int64(),
    "reviewTime": pl.String(),
    "overall": pl.Float64(),
}
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
    category: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")] = "Beauty"
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

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the rating, where the file has ratings."""
        path = self._reviews(data)
        if ("_5.json" in path.name) != self.core5:
            log.warning("%s stands in for the reviews that core5 = %s asks for", path.name, str(self.core5).lower())
        frames = (_with_time(frame) for frame in read_json_lines(path, _REVIEW, rejects))
        faults = {
            "no reviewerID": absent("reviewerID"),
            "no asin": absent("asin"),
            "no time": pl.col("time_s").is_null(),
            "impossible time": ~pl.col("time_s").is_between(0, MAX_TIME_S, closed="none"),
        }
        for frame in usable(frames, path, rejects, faults):
            yield from to_batches(
                frame.select(
                    pl.col("reviewerID").alias(schema.USER),
                    pl.col("asin").alias(schema.ITEM),
                    (pl.col("time_s") * US_PER_S).cast(pl.Datetime("us", "UTC")).alias(schema.TIMESTAMP),
                    pl.col("overall").cast(pl.Float32).alias(schema.VALUE),
                )
            )

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per product; nothing if `metadata` is off."""
        if not self.metadata:
            return
        path = self._products(data)
        frames = usable(read_records(path, _PRODUCT, rejects), path, rejects, {"no asin": absent("asin")})
        for frame in first_of_each(frames, "asin", path, rejects):
            yield from to_batches(clean_items(frame.rename({"asin": schema.ITEM})))

    def _reviews(self, data: Path) -> Path:
        cores = ("_5", "") if self.core5 else ("", "_5")
        return locate(data, (f"reviews_{self.category}{core}.json{end}" for core in cores for end in (".gz", "")))

    def _products(self, data: Path) -> Path:
        names = (f"meta_{self.category}.json{end}" for end in (".gz", ""))
        return locate(data, names, "Put the file there, or set dataset.metadata = false to go without item texts.")


def _with_time(frame: pl.DataFrame) -> pl.DataFrame:
    """Time in seconds; the written date stands in for an absent number."""
    time = pl.col("unixReviewTime")
    if frame["unixReviewTime"].has_nulls():
        day = pl.col("reviewTime").str.to_date("%m %d, %Y", strict=False)
        time = pl.coalesce(time, day.cast(pl.Datetime("us")).dt.epoch("s"))
    return frame.with_columns(time.alias("time_s"))
