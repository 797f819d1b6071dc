"""What the Amazon dumps of several eras have in common: their files, and from decoded lines to canonical batches."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import polars as pl
import pyarrow as pa
from pydantic import StringConstraints

from seqrec import schema
from seqrec.datasets.amazon_era import Era, check_era
from seqrec.datasets.fields import absent, first_of_each, usable
from seqrec.datasets.frames import TIME_US, clean_items, in_unit, to_batches
from seqrec.datasets.interactions import to_interactions
from seqrec.datasets.jsonlines import read_json_lines
from seqrec.datasets.locate import locate
from seqrec.datasets.rejects import Rejects
from seqrec.datasets.times import whole_microseconds

log = logging.getLogger(__name__)

Category = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")]
"""A category as the file names spell it, such as `Sports_and_Outdoors`."""

_DATED_REVIEW = {
    "reviewerID": pl.String(),
    "asin": pl.String(),
    "unixReviewTime": pl.Int64(),
    "reviewTime": pl.String(),
    "overall": pl.Float64(),
}


def find_dated_reviews(data: Path, stem: str, era: Era, *, core5: bool) -> Path:
    """The reviews of 2014 and 2018: the published 5-core if it is preferred or alone, or else all.

    Raises:
        DataError: There are none, or they are of another era.
    """
    cores = ("_5", "") if core5 else ("", "_5")
    return check_era(locate(data, (f"{stem}{core}.json{end}" for core in cores for end in (".gz", ""))), era)


def find_products(data: Path, name: str, era: Era) -> Path:
    """The metadata called `name`, gzipped or plain.

    Raises:
        DataError: There are none, or they are of another era.
    """
    remedy = "Put the file there, or set dataset.metadata = false to go without item texts."
    return check_era(locate(data, (f"{name}.gz", name), remedy), era)


def dated_reviews(path: Path, rejects: Rejects, *, core5: bool) -> Iterator[pa.RecordBatch]:
    """The reviews of 2014 and 2018: JSON lines whose times are whole days, in seconds.

    Args:
        path: What `find_dated_reviews` found.
        rejects: Where to set lines aside.
        core5: Whether the 5-core was preferred.

    Raises:
        DataError: The file is damaged, holds too many bad lines, or gives its times in another unit.
    """
    if ("_5.json" in path.name) != core5:
        log.warning("%s stands in for the reviews that core5 = %s asks for", path.name, str(core5).lower())
    frames = in_unit(read_json_lines(path, _DATED_REVIEW, rejects), "unixReviewTime", "s", path)
    return to_interactions(map(_with_day, frames), path, rejects, user="reviewerID", item="asin", value="overall")


def known_time(time: pl.Expr) -> pl.Expr:
    """The column `TIME_US` from microseconds; zero stands for a time that is not known."""
    return pl.when(time != 0).then(time).alias(TIME_US)


def to_items(frames: Iterator[pl.DataFrame], path: Path, rejects: Rejects, *, item: str) -> Iterator[pa.RecordBatch]:
    """Items from frames with the columns of `schema.ITEMS`, but for the id, which is in the column `item`.

    Raises:
        DataError: Too many rows lack an id, or all do.
    """
    frames = usable(frames, path, rejects, {f"no {item}": absent(item)})
    for frame in first_of_each(frames, item, path, rejects):
        yield from to_batches(clean_items(frame.rename({item: schema.ITEM}), rejects))


def joined(texts: str) -> pl.Expr:
    """The paragraphs of the list `texts` as one text."""
    return pl.col(texts).list.join(" ", ignore_nulls=True)


def categories_or(categories: str, main: str) -> pl.Expr:
    """The list `categories`; where it is empty, the category `main` that the page was filed under."""
    listed = pl.col(categories)
    return pl.when(listed.list.len() > 0).then(listed).otherwise(pl.concat_list(main))


def _with_day(frame: pl.DataFrame) -> pl.DataFrame:
    """The time of a review; the written date stands in for an absent number."""
    time = whole_microseconds(pl.col("unixReviewTime"), "s")
    if frame["unixReviewTime"].has_nulls():
        day = pl.col("reviewTime").str.to_date("%m %d, %Y", strict=False)
        time = pl.coalesce(time, day.cast(pl.Datetime("us")).dt.epoch("us"))
    return frame.with_columns(known_time(time))
