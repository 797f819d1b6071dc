"""Yelp Open Dataset: reviews and businesses as JSON lines, in files of their own or inside the distributed tar.

The dump changes every year, and keeps the older reviews. Papers take the reviews of 2019 (Zhou et al. 2020,
S3-Rec, section 5.1 and code), all stars. Repeat visits are real and kept.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import pyarrow as pa
from pydantic import NaiveDatetime, Strict, model_validator

from seqrec.datasets.base import DatasetConfig
from seqrec.datasets.canonical.frames import TIME_US, with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import to_items
from seqrec.datasets.canonical.time_texts import US_PER_S
from seqrec.datasets.canonical.times import MAX_TIME_S
from seqrec.datasets.find_files import NO_TEXTS, REMEDY, locate
from seqrec.datasets.parsing.jsonl import read_json_lines
from seqrec.datasets.parsing.tar import find_member
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import ManualDownload

Moment = Annotated[NaiveDatetime, Strict(False)] | Literal["none"]  # noqa: FBT003 - pydantic's own signature

_ARCHIVES = ("yelp_dataset.tar", "yelp_dataset.tgz", "yelp_dataset.tar.gz")
_REVIEW = {"user_id": pl.String(), "business_id": pl.String(), "date": pl.String(), "stars": pl.Float64()}
_BUSINESS = {"business_id": pl.String(), "name": pl.String(), "categories": pl.String()}


class Config(DatasetConfig):
    """Yelp reviews: `yelp_academic_dataset_review.json` and `yelp_academic_dataset_business.json`, or their tar."""

    name: Literal["yelp"] = "yelp"
    start: Moment = datetime(2019, 1, 1)  # noqa: DTZ001 - the dump writes local times without a zone
    """The first moment of the reviews that are read; `none` for no bound."""
    end: Moment = datetime(2019, 12, 31)  # noqa: DTZ001 - as above
    """The last moment of the reviews that are read; `none` for no bound. The default is that of the papers, a midnight,
    so reviews of 2019-12-31 are left out except for the first second."""
    metadata: bool = True
    """Whether to read the names and categories of the businesses."""

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

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The reviews."""
        return (_file(data, "yelp_academic_dataset_review.json"),)

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The businesses, if `metadata` is true."""
        return (_file(data, "yelp_academic_dataset_business.json", NO_TEXTS),) if self.metadata else ()

    def sources(self) -> ManualDownload:
        """Yelp gives its data to those who agree to its terms."""
        names = ("review", *("business",) * self.metadata)
        return ManualDownload(
            page="https://business.yelp.com/data/resources/open-dataset/",
            reason="files for those who agree to Yelp's terms",
            steps="Agree to the terms on that page, fetch and unpack the JSON archive, and put the files, or the "
            "yelp_dataset.tar that holds them, into the folder.",
            file_names=tuple(f"yelp_academic_dataset_{name}.json" for name in names),
        )

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per review inside the window; its value is the number of stars, where the file has it."""
        frames = with_time(read_json_lines(reading, _REVIEW), reading, "date", "iso")
        first = 0 if self.start == "none" else pl.lit(self.start).dt.epoch("us")
        last = MAX_TIME_S * US_PER_S if self.end == "none" else pl.lit(self.end).dt.epoch("us")
        outside = {"outside the window of dates": ~pl.col(TIME_US).is_between(first, last)}
        return to_interactions(frames, reading, user="user_id", item="business_id", value="stars", by_design=outside)

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per business."""
        texts = {"title": "name", "categories": "categories"}
        return to_items(read_json_lines(reading, _BUSINESS), reading, "business_id", texts, separator=",")


def _file(data: Path, name: str, remedy: str = REMEDY) -> Path:
    names = (name, f"{name}.gz")
    path = locate(data, (*names, *_ARCHIVES), remedy)
    return find_member(path, *names) if path.name.startswith(_ARCHIVES) else path
