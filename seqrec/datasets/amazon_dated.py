"""What the Amazon dumps of 2014 and 2018 have in common: two forms of a category, times that are days."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from seqrec.datasets.amazon_common import AmazonCategory
from seqrec.datasets.canonical.frames import with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.reading import Reading

_REVIEW = {
    "reviewerID": pl.String(),
    "asin": pl.String(),
    "unixReviewTime": pl.Int64(),
    "reviewTime": pl.String(),
    "overall": pl.Float64(),
}


class DatedReviews(AmazonCategory):
    """One category: all its reviews, or the published 5-core of them, and its metadata."""

    core5: bool = True
    """Whether to read the published 5-core (`_5` in the file name), in which every user and every item has at least
    five reviews. Otherwise all reviews are read, which are another data set."""

    @property
    def label(self) -> str:
        """Such as `amazon_2014-beauty`, or with all reviews `amazon_2014-beauty-whole`."""
        return f"{self.name}-{self.category.lower()}{'' if self.core5 else '-whole'}"

    @property
    @abstractmethod
    def reviews(self) -> str:
        """Name of the file of reviews, without its ending."""

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The reviews."""
        other = "core5 = false to read all reviews" if self.core5 else "core5 = true to read the published 5-core"
        remedy = f"Point --data at the folder that holds the dump, or set dataset.{other}."
        return (self.locate(data, f"{self.reviews}.json", remedy),)

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the rating, where the file has ratings."""
        rows = map(_with_day, read_json_lines(reading, _REVIEW))
        frames = with_time(rows, reading, "unixReviewTime", "s")
        return to_interactions(frames, reading, user="reviewerID", item="asin", value="overall")


def _with_day(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows, in which the written date stands in for a number that is absent."""
    if frame["unixReviewTime"].has_nulls():
        day = pl.col("reviewTime").str.to_date("%m %d, %Y", strict=False).cast(pl.Datetime("us")).dt.epoch("s")
        frame = frame.with_columns(pl.col("unixReviewTime").fill_null(day))
    return frame
