"""Steam reviews and games (Pathak et al. 2017; Kang and McAuley 2018): Python literals, gzipped or plain.

In version 2, a line is a review, and a user is a `username`: user ids are missing for many reviews. In version 1, of
Australian players, a line is a user with a list of reviews; it is read if version 2 is not there. Times are whole days:
nothing is known of the order inside a day.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa

from seqrec.config import Listed
from seqrec.datasets.base import DatasetConfig, Duplicates, NonEmpty
from seqrec.datasets.canonical.fields import absent, usable
from seqrec.datasets.canonical.frames import with_time
from seqrec.datasets.canonical.interactions import to_interactions
from seqrec.datasets.canonical.items import Texts, to_items
from seqrec.datasets.find_files import locate
from seqrec.datasets.parsing.sniff import read_records
from seqrec.datasets.parsing.table_files import open_table
from seqrec.datasets.reading import Reading
from seqrec.datasets.sources import Source

_VERSION_1 = "australian_user_reviews"
"""The name of the reviews of version 1."""
_PUBLIC = "https://cseweb.ucsd.edu/~wckang"
_REVIEW = {"username": pl.String(), "product_id": pl.String(), "date": pl.String(), "hours": pl.Float64()}
_GAME = {
    "id": pl.String(),
    "app_name": pl.String(),
    "title": pl.String(),
    "genres": pl.List(pl.String()),
    "tags": pl.List(pl.String()),
}
_INCOMPLETE = {
    "no title": absent("title"),
    "no genres": pl.col("genres").list.len() == 0,
    "no tags": pl.col("tags").list.len() == 0,
}


class Config(DatasetConfig):
    """Steam reviews: `steam_reviews.json.gz`, or `australian_user_reviews.json.gz`; and `steam_games.json.gz`."""

    name: Literal["steam"] = "steam"
    duplicates: Duplicates = "pair"
    """Which repeated reviews to set aside, since a player may review a game several times. `keep`: none. `exact`: all
    but the first of those equal in player, game and time. `pair`: all but a player's earliest review of a game."""
    null_words: Listed[NonEmpty] = ()
    """Texts that mean that there is no value; none by default, because players call themselves `nan` and `None`."""
    metadata: Literal["complete", "any", "none"] = "complete"
    """Which games to read. `complete`: those with a title, genres and tags, and only the reviews of these games, as in
    Boz et al. (2024). `any`: all games. `none`: no games, only reviews."""

    def event_files(self, data: Path) -> tuple[Path, ...]:
        """The reviews of version 2, or else of version 1."""
        return (locate(data, (*_of_name("steam_reviews"), *_of_name(_VERSION_1))),)

    def item_files(self, data: Path) -> tuple[Path, ...]:
        """The games, unless `metadata` is `none`."""
        remedy = (
            'Point --data at the folder that holds the file, or set dataset.metadata = "none" to go without item texts.'
        )
        return () if self.metadata == "none" else (locate(data, _of_name("steam_games"), remedy),)

    def sources(self) -> tuple[Source, ...]:
        """The files at UC San Diego, as https://cseweb.ucsd.edu/~jmcauley/datasets.html lists them."""
        games = () if self.metadata == "none" else ("steam_games.json.gz",)
        return tuple(Source(f"{_PUBLIC}/{name}") for name in ("steam_reviews.json.gz", *games))

    def interactions(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One interaction per review; its value is the hours played, where known, as never in version 1."""
        by_design = {}
        if self.metadata == "complete":
            # What is set aside of the games is reported where they are read as items.
            games = Reading(self.item_files(reading.path.parent)[0])
            complete = usable(_games(games), games, {"no id": absent("id")}, _INCOMPLETE)
            described = pl.concat(frame["id"] for frame in complete).implode()
            by_design = {"game without title, genres or tags": ~pl.col("product_id").is_in(described)}
        reviews = _version_1(reading) if reading.path.name.startswith(_VERSION_1) else read_records(reading, _REVIEW)
        frames = with_time(reviews, reading, "date", "iso")
        return to_interactions(frames, reading, user="username", item="product_id", value="hours", by_design=by_design)

    def items(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """One item per game, its genres before its tags."""
        texts: Texts = {"title": "title", "categories": pl.concat_list("genres", "tags")}
        by_design = _INCOMPLETE if self.metadata == "complete" else {}
        return to_items(_games(reading), reading, "id", texts, by_design=by_design)


def _version_1(reading: Reading) -> Iterator[pl.DataFrame]:
    """The reviews of version 1 in the columns of version 2.

    Dates are written as `Posted March 9, 2014.`; those of the year of the crawl lack the year, so their rows are set
    aside.
    """
    columns = {"username": "user_id", "product_id": "reviews.item_id", "date": "reviews.posted"}
    table = open_table(reading, "jsonl")
    for name in columns.values():
        table.check(name, "the reviews")
    day = pl.col("date").str.strip_prefix("Posted ").str.strip_suffix(".")
    for frame in table.rows(columns):
        has_no_year = frame["date"].str.contains(r"^Posted \w+ \d+\.$").fill_null(value=False)
        reading.set_aside_rows(frame.filter(has_no_year).with_columns(pl.lit("no year").alias("reason")), bad=False)
        yield frame.filter(~has_no_year).with_columns(day, pl.lit(None, pl.Float64).alias("hours"))


def _games(reading: Reading) -> Iterator[pl.DataFrame]:
    """The games with one title each, and empty lists where they have none."""
    title = pl.coalesce(pl.when(~absent(name)).then(pl.col(name)) for name in ("title", "app_name"))
    for frame in read_records(reading, _GAME):
        yield frame.with_columns(title.alias("title"), pl.col("genres", "tags").fill_null([]))


def _of_name(name: str) -> tuple[str, str]:
    return f"{name}.json.gz", f"{name}.json"
