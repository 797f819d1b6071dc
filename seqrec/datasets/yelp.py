"""Yelp Open Dataset: reviews and businesses as JSON lines, in files of their own or inside the distributed tar.

The dump changes every year, and keeps the older reviews. Papers take the reviews of 2019 (Zhou et al. 2020,
S3-Rec, section 5.1 and code), all stars. Repeat visits are real and kept.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import pyarrow as pa
from pydantic import NaiveDatetime, Strict, model_validator

from seqrec import schema
from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.fields import absent, first_of_each, usable
from seqrec.datasets.canonical.frames import TIME_US, clean_items, to_batches
from seqrec.datasets.canonical.interactions import to_interactions, written_time
from seqrec.datasets.canonical.times import US_PER_S
from seqrec.datasets.errors import Rejects
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.parsing.tar import archive_of, find_member
from seqrec.datasets.sources import ByHand

Moment = Annotated[NaiveDatetime, Strict(False)] | Literal["none"]  # noqa: FBT003 - pydantic's own signature

_ARCHIVES = ("yelp_dataset.tar", "yelp_dataset.tgz", "yelp_dataset.tar.gz")
_REVIEW = {
    "user_id": pl.String(),
    "business_id": pl.String(),
    "date": pl.String(),
    "stars": pl.Float64(),
}
_BUSINESS = {
    "business_id": pl.String(),
    "name": pl.String(),
    "categories": pl.String(),
}


class Config(DatasetConfig):
    """Yelp reviews: `yelp_academic_dataset_review.json` and `yelp_academic_dataset_business.json`, or the tar."""

    name: Literal["yelp"] = "yelp"
    start: Moment = datetime(2019, 1, 1)  # noqa: DTZ001 - the dump writes local times without a zone
    """First moment whose reviews are taken, inclusive; `none` for no such bound."""
    end: Moment = datetime(2019, 12, 31)  # noqa: DTZ001 - as above
    """Last moment whose reviews are taken, inclusive; `none` for no such bound. The papers' bound is a midnight, so
    that all but the first second of 2019-12-31 is left out."""
    metadata: bool = True
    """Whether to read names and categories of the businesses."""

    @model_validator(mode="after")
    def _check(self) -> "Config":
        if isinstance(self.start, datetime) and isinstance(self.end, datetime) and self.start > self.end:
            raise ValueError(f"start is {self.start}, which is after end, {self.end}")
        return self

    @property
    def label(self) -> str:
        """Such as `yelp-2019`: the years that bound the window."""
        years = dict.fromkeys(str(bound.year) for bound in (self.start, self.end) if isinstance(bound, datetime))
        return "-".join([self.name, *years])

    def files(self, data: Path) -> tuple[Path, ...]:
        """The reviews, and the businesses if they are asked for; the archive where it holds them."""
        paths = (_reviews(data), _businesses(data)) if self.metadata else (_reviews(data),)
        return tuple(dict.fromkeys(archive_of(path) or path for path in paths))

    def growing(self, data: Path) -> tuple[Path, ...]:
        """The reviews, unless they are inside of the archive."""
        reviews = _reviews(data)
        return () if archive_of(reviews) else (reviews,)

    def sources(self) -> ByHand:
        """Yelp gives its data to those who agree to its terms."""
        names = ("review", "business") if self.metadata else ("review",)
        return ByHand(
            page="https://business.yelp.com/data/resources/open-dataset/",
            reason="files for those who agree to Yelp's terms",
            steps="Agree to the terms on that page, fetch and unpack the JSON archive, and put the files, or the "
            "yelp_dataset.tar that holds them, into the folder.",
            file_names=tuple(f"yelp_academic_dataset_{name}.json" for name in names),
        )

    def interactions(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One interaction per review inside the window; its value is the number of stars, where the file has it."""
        path = _reviews(data)
        frames = read_json_lines(path, _REVIEW, rejects)
        yield from to_interactions(
            (frame.with_columns(written_time("date").alias(TIME_US)) for frame in frames),
            path,
            rejects,
            user="user_id",
            item="business_id",
            value="stars",
            by_design={"outside the window of dates": ~self._inside()},
        )

    def items(self, data: Path, rejects: Rejects) -> Iterator[pa.RecordBatch]:
        """One item per business; nothing if `metadata` is off."""
        if not self.metadata:
            return
        path = _businesses(data)
        faults = {"no business_id": absent("business_id")}
        frames = usable(read_json_lines(path, _BUSINESS, rejects), path, rejects, faults)
        for frame in first_of_each(frames, "business_id", path, rejects):
            items = frame.select(
                pl.col("business_id").alias(schema.ITEM),
                pl.col("name").alias(schema.TITLE),
                pl.lit(None, pl.String).alias(schema.BRAND),
                pl.col("categories").alias(schema.CATEGORIES),
                pl.lit(None, pl.String).alias(schema.DESCRIPTION),
            )
            yield from to_batches(clean_items(items, rejects, separator=","))

    def _inside(self) -> pl.Expr:
        time, inside = pl.col(TIME_US), pl.lit(value=True)
        if isinstance(self.start, datetime):
            inside &= time >= _us(self.start)
        if isinstance(self.end, datetime):
            inside &= time <= _us(self.end)
        return inside


def _reviews(data: Path) -> Path:
    return _file(data, "yelp_academic_dataset_review.json")


def _businesses(data: Path) -> Path:
    remedy = "Put the file there, or set dataset.metadata = false to go without item texts."
    return _file(data, "yelp_academic_dataset_business.json", remedy)


def _file(data: Path, name: str, remedy: str = "Point --data at the folder that holds the dump.") -> Path:
    names = (name, f"{name}.gz")
    path = locate(data, (*names, *_ARCHIVES), remedy)
    return find_member(path, *names) if path.name in _ARCHIVES else path


def _us(moment: datetime) -> int:
    return round(moment.replace(tzinfo=UTC).timestamp() * US_PER_S)
